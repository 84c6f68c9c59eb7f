import { LongshoreError } from "@longshore/core";
import { ORDERED_VERSION, OTHER_VERSION } from "./lua/begin.ts";

/**
 * Sends one command, such as `["GET", "key"]`, and resolves to its reply. An error of the server rejects. A command that
 * was sent when its connection was lost may be sent again.
 */
export type Send = (command: readonly string[]) => PromiseLike<unknown>;

/** A Lua script: its text, and its name on the server once it was asked for. */
export type Script = { readonly lua: string; sha?: Promise<string> | string };

export function script(...parts: readonly string[]): Script {
  return { lua: parts.join("") };
}

/** Runs a script with its arguments. Its reply is one JSON text, which every client can carry. */
export type Run = <Answer>(script: Script, args: readonly string[]) => Promise<Answer>;

/** Valkey GLIDE puts names of its own in place of the server's codes, and a colon after those that it does not know. */
const FORGOTTEN = /NOSCRIPT|NoScriptError/;
const NEWER = new RegExp(`${OTHER_VERSION}:? (\\d+)`);

/**
 * Runs scripts by their names, so that their texts are sent once. A server that was restarted has forgotten them, and is
 * told again. Fails with `invalid_option` if the keys are of another version.
 */
export function createRun(send: Send, prefix: string, clock: () => string): Run {
  return async <Answer>(one: Script, args: readonly string[]) => {
    const rest = ["1", prefix, clock(), ...args];
    const sha = typeof one.sha === "string" ? one.sha : await (one.sha ??= sha1(one.lua));
    one.sha = sha;
    try {
      return JSON.parse(String(await repliedTo(send, ["EVALSHA", sha, ...rest]))) as Answer; // what the script makes
    } catch (error) {
      if (!FORGOTTEN.test(textOf(error))) throw explained(error, prefix);
    }
    try {
      return JSON.parse(String(await repliedTo(send, ["EVAL", one.lua, ...rest]))) as Answer; // what the script makes
    } catch (error) {
      throw explained(error, prefix);
    }
  };
}

/** Some clients resolve to an error. */
async function repliedTo(send: Send, command: readonly string[]): Promise<unknown> {
  const reply = await send(command);
  if (Object.prototype.toString.call(reply) === "[object Error]") throw reply;
  return reply;
}

function textOf(error: unknown): string {
  return String(Object(error).message ?? error);
}

function explained(error: unknown, prefix: string): unknown {
  const [, version] = NEWER.exec(textOf(error)) ?? [];
  if (version === undefined) return error;
  const message = `The keys ${prefix}* are of version ${version}; this code knows ${ORDERED_VERSION}. Deploy the newer version of @longshore/redis again, or choose another prefix.`;
  return new LongshoreError("invalid_option", message, { cause: error });
}

async function sha1(lua: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(lua));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
