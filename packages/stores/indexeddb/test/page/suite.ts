import { type Make, type Report, checkAgainstModel, contractCases, runAll } from "@longshore/conformance";
import { make, makeTwo } from "./stores.ts";

/** What came of the suite, over one connection and over two, and of each random history: `as the model says`, or why not. */
export type Reports = {
  readonly one: Report;
  readonly two: Report;
  readonly histories: Readonly<Record<string, string>>;
};

/** Without restarts, the figures of each history are compared, too. */
const unbroken: Make = async (world) => {
  const { reopen: _reopen, ...subject } = await makeTwo(world);
  return subject;
};

const HISTORIES: Readonly<Record<string, Make>> = {
  "over one connection, restarts included": make,
  "over two connections in turn, restarts included": makeTwo,
  "over two connections in turn, and its figures": unbroken,
};

async function runSuite(seed: number, operations: number): Promise<Reports> {
  const histories: Record<string, string> = {};
  for (const [name, made] of Object.entries(HISTORIES)) {
    histories[name] = await checkAgainstModel(made, { seed, operations, shrinks: 100 }).then(
      () => "as the model says",
      (error: unknown) => String(error),
    );
  }
  return { one: await runAll(make), two: await runAll(makeTwo, contractCases), histories };
}

export const historyNames: readonly string[] = Object.keys(HISTORIES);

Reflect.set(globalThis, "runSuite", runSuite);
