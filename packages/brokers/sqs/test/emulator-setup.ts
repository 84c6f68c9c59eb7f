import type { TestProject } from "vitest/node";
import { startEmulator } from "./emulator.ts";

/** For tests in workerd, which start no process. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { origin, stop } = await startEmulator();
  project.provide("sqs", origin);
  return stop;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly sqs: string;
  }
}
