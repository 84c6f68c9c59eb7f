import { LongshoreError } from "@longshore/core";

/**
 * The token of actions: the page reads it from the answer to `api/session`, where a cookie gets it, too, and sends it back
 * in a header. Another site can do neither, even where the browser would add its visitor's credentials
 * (docs/decisions/0071).
 */
const COOKIE = "longshore-dashboard";
const HEADER = "longshore-token";
const TOKEN = /^[a-f\d]{64}$/;

/** The token of the browser's cookie, or a new one. */
export function tokenOf(request: Request): string {
  return cookieOf(request) ?? Array.from(crypto.getRandomValues(new Uint8Array(32)), hex).join("");
}

/** Without a path: the browser sends it to the folder of this answer, wherever the handler is mounted. */
export function cookieFor(token: string, { url }: Request): string {
  const secure = new URL(url).protocol === "https:" ? "; Secure" : "";
  return `${COOKIE}=${token}; HttpOnly; SameSite=Strict${secure}`;
}

/** Fails with `forbidden` unless header and cookie have the same token. */
export function checkToken(request: Request): void {
  const given = request.headers.get(HEADER);
  if (given !== null && given === cookieOf(request)) return;
  throw new LongshoreError("forbidden", `An action needs the token of its page in ${HEADER}; reload the page.`);
}

function cookieOf({ headers }: Request): string | undefined {
  for (const cookie of (headers.get("cookie") ?? "").split(";")) {
    const [name, value = ""] = cookie.trim().split("=");
    if (name === COOKIE && TOKEN.test(value)) return value;
  }
  return undefined;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
