import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { create, scratch } from "./command.ts";

const ENTER = "\r";
const DOWN = "\u001b[B";
const CONTROL_C = "\u0003";

/** Runs a command line at which somebody answers: each answer is typed once its text has been shown. */
function asked(cwd: string, args: readonly string[], answers: readonly (readonly [shown: RegExp, keys: string])[]) {
  const keyboard = new PassThrough();
  const waiting = [...answers];
  let shown = "";
  return create(cwd, args, { in: keyboard, isInteractive: true }, (text) => {
    shown += text;
    const [next] = waiting;
    if (next === undefined || !next[0].test(shown)) return;
    waiting.shift();
    shown = "";
    setImmediate(() => keyboard.write(next[1]));
  });
}

test("who says nothing is asked for folder and template", async () => {
  const cwd = scratch();
  const { code } = await asked(
    cwd,
    [],
    [
      [/In which folder/, `orders${ENTER}`],
      [/Where do the jobs run/, DOWN + DOWN + ENTER],
    ],
  );
  expect(code).toBe(0);
  expect(readFileSync(join(cwd, "orders/wrangler.jsonc"), "utf8")).toContain('"name": "orders"');
});

test("a wrong answer is told why, and another one is taken", async () => {
  const cwd = scratch();
  const { code } = await asked(
    cwd,
    ["--template", "worker"],
    [
      [/In which folder/, `Orders${ENTER}`],
      [/cannot be called "Orders"/, `\u0015orders${ENTER}`],
    ],
  );
  expect([code, readdirSync(cwd)]).toEqual([0, ["orders"]]);
});

test("who gives up leaves nothing behind", async () => {
  const cwd = scratch();
  const { code, out } = await asked(cwd, ["orders"], [[/Where do the jobs run/, CONTROL_C]]);
  expect([code, readdirSync(cwd)]).toEqual([2, []]);
  expect(out).toContain("Nothing was written.");
});
