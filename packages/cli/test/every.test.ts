import { LongshoreError } from "@longshore/core";
import { expect, test } from "vitest";
import type { Output } from "../src/output.ts";
import { lookEvery } from "../src/commands/every.ts";

const AWAY = new LongshoreError("backend_failed", "The backend is away.", { cause: new Error("refused") });

/** Looks, of which some fail, until three were tried; returns what came of them, and what was told. */
async function looked(failing: Readonly<Record<number, unknown>>, count = 3) {
  const notes: string[] = [];
  const output = { note: (text: string) => void notes.push(text) } as Partial<Output> as Output;
  let n = 0;
  const look = async (): Promise<void> => {
    const error = failing[++n];
    if (error !== undefined) throw error;
  };
  const ended = lookEvery({ output, signal: new AbortController().signal }, { every: 1, count }, look);
  const error = await ended.catch((thrown: unknown) => thrown);
  return { n, notes, error };
}

test("a look that fails is told, and the next one is made", async () => {
  expect(await looked({ 2: AWAY })).toEqual({
    n: 3,
    notes: ["backend_failed: The backend is away. Caused by: refused Looking again."],
    error: undefined,
  });
});

test("the first look and the last one must not fail, and none for a command that is wrong", async () => {
  expect(await looked({ 1: AWAY })).toEqual({ n: 1, notes: [], error: AWAY });
  expect((await looked({ 3: AWAY })).error).toBe(AWAY);
  const wrong = new LongshoreError("invalid_option", "The limit is wrong.");
  expect(await looked({ 2: wrong })).toEqual({ n: 2, notes: [], error: wrong });
});
