import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createQueue } from "@longshore/core";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { welcome } from "../src/jobs.ts";
import { folder, startEmulator } from "./emulated.ts";

const { stop } = await startEmulator();
afterAll(stop);
// Reads the environment.
const { callOfLambda, openJobs } = await import("../src/queues.ts");
const queue = createQueue(openJobs(callOfLambda()));

test("the container's process polls, runs a job, and ends by SIGTERM", async () => {
  const child = spawn(process.execPath, ["src/main.ts"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const ran = new Promise<void>((resolve) => {
    let said = "";
    child.stdout.on("data", (part) => {
      said += part;
      if (/welcome.*userId: 42/s.test(said)) resolve();
    });
  });
  await queue.enqueue(welcome, { userId: 42 });
  await ran;
  child.kill("SIGTERM");
  // Its last call for messages waits for one, or for 20 s.
  let over = false;
  void exited.then(() => (over = true));
  while (!over) await queue.enqueue(welcome, { userId: 1 });
  expect(await exited).toEqual([0, null]);
});
