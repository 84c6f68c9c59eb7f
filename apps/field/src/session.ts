import { read, remove, write } from "./records.ts";

/** Exchanges the access code for a token of this page. Returns what is wrong, if something is. */
export async function signIn(code: string): Promise<string | undefined> {
  try {
    const headers = { authorization: `Bearer ${code}` };
    const response = await fetch("/field/sessions", { method: "POST", headers });
    if (response.status === 401) return "This is not the access code.";
    if (!response.ok) return `The server answered ${response.status}. Try again.`;
    const { token } = (await response.json()) as { readonly token: string }; // of apps/edge
    await write("settings", "token", token);
    return undefined;
  } catch {
    return "There is no connection to the server.";
  }
}

export async function isSignedIn(): Promise<boolean> {
  return (await read("settings", "token")) !== undefined;
}

/** Fetches with the token. If the server does not take it any more, it is forgotten, and the page asks for the code. */
export async function fetchSigned(url: string, init: RequestInit = {}): Promise<Response> {
  const token = await read<string>("settings", "token");
  const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${token ?? ""}` }; // of our own calls
  const response = await fetch(url, { ...init, headers });
  // Meanwhile the user may have signed in again.
  if (response.status === 401 && (await read("settings", "token")) === token) await remove("settings", "token");
  return response;
}
