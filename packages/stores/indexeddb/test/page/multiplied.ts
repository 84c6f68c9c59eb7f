import { type Report, checkAgainstModel, everyCallTwice, runAll } from "@longshore/conformance";
import { make, makeTwo } from "./stores.ts";

/** Rejects with the shortest history after which the store, over two connections, and the model differ. */
const runHistory = (seed: number): Promise<void> => checkAgainstModel(makeTwo, { seed, operations: 500 });

/** The suite with every call sent twice. */
const runTwice = (): Promise<Report> => runAll(everyCallTwice(make));

Reflect.set(globalThis, "runHistory", runHistory);
Reflect.set(globalThis, "runTwice", runTwice);
