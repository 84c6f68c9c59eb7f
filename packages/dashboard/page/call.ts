import type { Refusal } from "../src/api.ts";

type Query = Readonly<Record<string, string | undefined>>;

/** Reads from the handler. Fails with an error whose message is meant for people. */
export function read<T>(what: string, asked: Query = {}): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (value !== undefined && value !== "") query.set(name, value);
  return call<T>(`api/${what}${query.size > 0 ? `?${query}` : ""}`, {});
}

/** Performs an action; the token is the session's. */
export function act<T>(what: string, token: string, body: object): Promise<T> {
  return call<T>(`api/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json", "longshore-token": token },
    body: JSON.stringify(body),
  });
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Error("The server does not answer. This page tries again.");
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as T; // the handler's own answer
  throw new Error(messageIn(text) ?? `The server answered ${response.status}.`);
}

/** Something before the handler, such as a proxy, may answer with anything. */
function messageIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as Refusal).error.message;
  } catch {
    return undefined;
  }
}
