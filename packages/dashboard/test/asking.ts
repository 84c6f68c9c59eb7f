import type { Session } from "../src/api.ts";

type Handler = (request: Request) => Promise<Response>;

export const URL_OF_PAGE = "https://app.example.com/ops/";

/** Asks a handler as the page's script does: with the session's cookie and token. */
export function askerOf(handler: Handler): {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  json<T = unknown>(path: string): Promise<T>;
  post(path: string, body: unknown, headers?: Record<string, string | undefined>): Promise<Response>;
} {
  const session = async (): Promise<Record<string, string>> => {
    const response = await handler(new Request(`${URL_OF_PAGE}api/session`));
    const { token } = (await response.json()) as Session;
    return { cookie: response.headers.get("set-cookie")?.split(";")[0] ?? "", "longshore-token": token };
  };
  const get = (path: string, headers = {}): Promise<Response> => handler(new Request(URL_OF_PAGE + path, { headers }));
  return {
    get,
    json: async <T>(path: string) => (await (await get(path)).json()) as T, // the test knows what it asked for
    async post(path, body, headers = {}) {
      const all = {
        "content-type": "application/json",
        "sec-fetch-site": "same-origin",
        ...(await session()),
        ...headers,
      };
      const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return handler(new Request(URL_OF_PAGE + path, { method: "POST", headers: sent, body: text }));
    },
  };
}
