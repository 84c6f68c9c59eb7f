import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { memory } from "../src/index.ts";

const mail = defineJob("send-mail", { input: z.object({}), queue: "mail" });
const handlers = [handle(mail, () => {})];
const warn = vi.spyOn(console, "warn").mockImplementation(() => {});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  warn.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Enqueues now and a minute later. */
async function enqueueTwice(adapter: ReturnType<typeof memory>): Promise<void> {
  const queue = createQueue(adapter);
  await queue.enqueue(mail, {});
  vi.setSystemTime(Date.now() + 60_000);
  await queue.enqueue(mail, {});
  await queue.enqueue(mail, {});
}

test("a queue whose jobs nobody asks for is told of once, with what to do", async () => {
  await enqueueTwice(memory());
  expect(warn.mock.calls).toEqual([[{ queue: "mail", message: expect.stringContaining("worker.start()") }]]);
});

test("nothing is said where a worker asked, even of a queue that is paused", async () => {
  const adapter = memory();
  await createQueue(adapter).pause("mail");
  await createQueue(adapter).enqueue(mail, {});
  await createWorker(adapter, { handlers }).drain();
  await enqueueTwice(adapter);
  expect(warn).not.toHaveBeenCalled();
});

test("nothing is said by a clock that a test moves", async () => {
  let now = 0;
  const queue = createQueue(memory({ clock: () => now }));
  await queue.enqueue(mail, {});
  now += 86_400_000;
  await queue.enqueue(mail, {});
  expect(warn).not.toHaveBeenCalled();
});

/** What a process says that does this with `queue` and `worker`, and then has nothing more to do. */
function saidBy(script: string): string {
  const start = `
    import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
    import { memory } from "@longshore/memory";
    const validate = (value) => ({ value });
    const mail = defineJob("send-mail", { input: { "~standard": { version: 1, vendor: "test", validate } } });
    const adapter = memory();
    const queue = createQueue(adapter);
    const worker = createWorker(adapter, { handlers: [handle(mail, () => {})] });
    ${script}`;
  const cwd = fileURLToPath(new URL("./", import.meta.url));
  const shell = `"$0" --input-type=module -e "$1" 2>&1`;
  return execFileSync("sh", ["-c", shell, process.execPath, start], { cwd, encoding: "utf8" });
}

test("a process that ends with jobs which nobody ran says which are lost", () => {
  const said = saidBy(
    `await queue.enqueue(mail, { secret: "canary" }); await queue.enqueue(mail, {}, { delay: "1h" });`,
  );
  expect(said).toContain("what waits in memory() is lost (2 of send-mail)");
  expect(said).not.toContain("canary");
});

test("a process that ends when all is done says nothing", () => {
  expect(saidBy(`await queue.enqueue(mail, {}); await worker.drain(); memory();`)).toBe("");
});
