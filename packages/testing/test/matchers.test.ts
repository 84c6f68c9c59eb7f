import { createQueue, handle } from "@longshore/core";
import { memory } from "@longshore/memory";
import { checkIdempotent, testQueue } from "@longshore/testing";
import { expect, test } from "vitest";
import { charge, handlers, mail } from "./jobs.ts";

/** What the failed expectation says. */
async function complaint(expectation: () => unknown): Promise<string> {
  try {
    await expectation();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the expectation was met");
}

test("toHaveEnqueued takes any queue that lists its jobs, and shows what it has instead", async () => {
  const queue = createQueue(memory());
  await expect(queue).not.toHaveEnqueued(mail);
  await queue.enqueue(mail, { to: "a" }, { id: "one", delay: "1h" });
  await expect(queue).toHaveEnqueued(mail, { to: "a" }, { delay: "1h" });
  await expect(queue).toHaveEnqueued(mail, { to: expect.stringContaining("a") as string });
  await expect(queue).not.toHaveEnqueued(mail, { to: "b" });
  expect(await complaint(() => expect(queue).toHaveEnqueued(charge, { order: 1 }))).toBe(
    'Expected a job charge with the input {"order":1}. There is no charge. Of other names: send-mail (1).',
  );
  expect(await complaint(() => expect(queue).not.toHaveEnqueued(mail))).toMatch(
    /^Expected no job send-mail, but found 1:\n {2}one delayed until .*Z \{"to":"a","subject":"hello"\}$/,
  );
  expect(await complaint(() => expect({}).toHaveEnqueued(mail))).toContain("needs a queue");
});

test("toHaveOutcome shows the failure and where it was thrown", async () => {
  const queue = testQueue({ handlers: handlers({ failures: 1 }).all, logFailures: false });
  const failed = await queue.performJob(charge, { order: 1 });
  const completed = await queue.performJob(charge, { order: 1 });
  expect(failed).toHaveOutcome("failed");
  expect(completed).toHaveOutcome("completed");
  expect(completed).not.toHaveOutcome("dead");
  const message = await complaint(() => expect(failed).toHaveOutcome("completed"));
  expect(message).toContain("Expected the outcome completed, but it was failed: no money at attempt 1");
  expect(message).toContain("jobs.ts");
  expect(await complaint(() => expect(completed).not.toHaveOutcome("completed"))).toBe(
    "Expected the outcome not to be completed",
  );
});

test("toBeIdempotent shows what happened how often", async () => {
  const report = (what: (order: number, happened: (effect: string) => void, isFirst: boolean) => void) =>
    checkIdempotent(
      ({ act }: { act(order: number): Promise<void> }) => handle(charge, ({ order }) => act(order)),
      { order: 1 },
      {
        world(happened) {
          const seen = new Set<number>();
          return {
            async act(order) {
              what(order, happened, !seen.has(order));
              seen.add(order);
            },
          };
        },
      },
    );
  const charging = await report((order, happened, isFirst) => void (isFirst && happened(`charged ${order}`)));
  const mailing = await report((order, happened) => happened(`mailed ${order}`));
  expect(charging).toBeIdempotent();
  expect(mailing).not.toBeIdempotent();
  expect(await complaint(() => expect(mailing).toBeIdempotent())).toContain(
    'Expected an idempotent handler, but:\nmailed 1: 2 times instead of 1, if its process ends after "mailed 1"',
  );
  expect(await complaint(() => expect(charging).not.toBeIdempotent())).toContain("nothing deviated: charged 1");
});
