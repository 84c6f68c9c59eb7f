import { type Checks, aBoolean, anObject, checkOptions, listOf, text } from "@longshore/core/adapter";
import type { Authorize, Viewer } from "./viewer.ts";

/** A viewer with a password: 16 to 200 characters that cannot be guessed, as `openssl rand -base64 24` prints. */
export type BasicUser = Viewer & { readonly password: string };

const CHECKS: Checks<BasicUser> = {
  // Browsers send both in one text, with a colon between them.
  name: text("1 to 200 characters without a colon", /^[^:]{1,200}$/),
  password: text("16 to 200 characters", /^.{16,200}$/s),
  actions: aBoolean,
  payloads: aBoolean,
};

/**
 * Viewers by name and password, which the browser asks for (HTTP's Basic scheme): enough where nothing else signs people
 * in. Serve it over TLS. Compares digests, and always all of them, so that the time tells nothing. Fails with
 * `invalid_option` for a password that is too short or missing.
 *
 * ```ts
 * const authorize = basicAuth([{ name: "operator", password: env.DASHBOARD_PASSWORD, actions: true }]);
 * ```
 */
export function basicAuth(users: readonly BasicUser[]): Authorize {
  listOf(anObject)(users, "users of basicAuth");
  for (const { password, ...user } of users) {
    // The message must not quote a password.
    checkOptions("basicAuth", { ...user, password: masked(password) }, CHECKS);
    CHECKS.name(user.name, "name of basicAuth");
    CHECKS.password(masked(password), "password of basicAuth");
  }
  const digests = Promise.all(users.map(({ name, password }) => digest(`${name}:${password}`)));
  digests.catch(() => {}); // each request awaits it and is refused
  return async (request) => {
    const given = await digest(credentialsOf(request) ?? "");
    let found: BasicUser | undefined;
    (await digests).forEach((expected, i) => {
      if (isSame(expected, given)) found = users[i];
    });
    if (found === undefined) return challenge();
    return { name: found.name, actions: found.actions, payloads: found.payloads };
  };
}

function challenge(): Response {
  return new Response("Sign in with a name and a password.\n", {
    status: 401,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "www-authenticate": 'Basic realm="Longshore", charset="UTF-8"',
    },
  });
}

function credentialsOf({ headers }: Request): string | undefined {
  const encoded = /^Basic +([\w+/=-]{1,2000}) *$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (encoded === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}

async function digest(value: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value)));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  a.forEach((byte, i) => (difference |= byte ^ (b[i] ?? 0)));
  return difference === 0;
}

/** As long as the password, and not it. */
function masked(password: unknown): unknown {
  return typeof password === "string" ? "*".repeat(password.length) : password;
}
