import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createQueue, defineJob } from "@longshore/core";
import { anyInput } from "@longshore/conformance/tools";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { sqs } from "../src/index.ts";
import { callAt, makeQueue } from "./emulated.ts";
import { startEmulator } from "./emulator.ts";

const { origin, stop } = await startEmulator();
afterAll(stop);

test("a process that gets SIGTERM ends its jobs, leaves the others in the queue, and then ends by itself", async () => {
  const [queue, deadLetters] = [await makeQueue(origin), await makeQueue(origin)];
  const mail = defineJob("send-welcome-email", { input: anyInput<{ userId: number }>() });
  const broker = sqs({ call: callAt(undefined), queue, deadLetters });
  const file = fileURLToPath(new URL("polling-process.ts", import.meta.url));
  const child = spawn("node", [file, queue, deadLetters], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const said: string[] = [];
  let heard = (): void => {};
  createInterface({ input: child.stdout }).on("line", (line) => {
    said.push(line);
    heard();
  });
  const until = async (count: number): Promise<void> => {
    while (said.length < count) await new Promise<void>((resolve) => (heard = resolve));
  };
  await createQueue(broker).enqueueMany([mail.with({ userId: 1 }), mail.with({ userId: 2 })]);
  await until(2);
  // Both slots are taken.
  await createQueue(broker).enqueue(mail, { userId: 3 });
  child.kill("SIGTERM");
  await until(3);
  child.stdin.end();
  expect(await exited).toEqual([0, null]);
  expect(said.slice(0, 2).toSorted()).toEqual(["began 1", "began 2"]);
  expect(said[2]).toBe("stopping");
  expect(said.slice(3).toSorted()).toEqual(["ended 1", "ended 2"]);
  const { Messages = [] } = await callAt(undefined)("ReceiveMessage", {
    QueueUrl: queue,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: 1,
    VisibilityTimeout: 30,
  });
  expect(Messages.map(({ Body = "" }) => /userId\D+(\d)/.exec(Body)?.[1])).toEqual(["3"]);
});
