import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";

import type { Adapter, Enqueue, Store, Traits } from "../src/adapter.ts";
import { createQueue, createWorker, defineJob, every, handle, schedule } from "../src/index.ts";

const welcome = defineJob("welcome", {
  input: z.object({ userId: z.number() }),
  output: z.object({ sent: z.boolean() }),
});
const unique = defineJob("unique", { input: z.object({ userId: z.number() }), id: ({ userId }) => `user:${userId}` });
const urgent = defineJob("urgent", { input: z.object({}), priority: 0 });

type Broker = Adapter<Traits & { readonly unique: false; readonly ordered: false }>;
type FullStore = Store<
  Traits & { readonly unique: true; readonly uniqueKeys: true; readonly dependencies: true; readonly ordered: true }
>;

// Never called: what matters is which of its lines compile.
async function compiles(store: FullStore, broker: Broker, enqueue: Enqueue<FullStore["traits"]>): Promise<void> {
  const queue = createQueue(store);
  const { id } = await queue.enqueue(welcome, { userId: 1 }, { delay: "5m", priority: 1, id: "welcome:1" });
  expectTypeOf(id).toEqualTypeOf<string>();
  await queue.enqueue(unique, { userId: 1 });
  await queue.enqueueMany([welcome.with({ userId: 1 }), urgent.with({}, { id: "urgent:1" })]);
  const job = await queue.get("welcome:1", welcome);
  expectTypeOf(job?.input).toEqualTypeOf<{ userId: number } | undefined>();
  expectTypeOf(job?.result).toEqualTypeOf<{ sent: boolean } | undefined>();
  expectTypeOf((await queue.get("x", unique))?.result).toEqualTypeOf<undefined>();
  // @ts-expect-error the input is checked by the definition's schema
  await queue.enqueue(welcome, { userId: "1" });
  // @ts-expect-error and so is that of a request
  welcome.with({});
  // @ts-expect-error a duration must be one
  await queue.enqueue(welcome, { userId: 1 }, { delay: "5 minutes" });

  const sender = createQueue(broker);
  await sender.enqueue(welcome, { userId: 1 }, { delay: "1h" });
  await sender.enqueueMany([welcome.with({ userId: 1 })]);
  // @ts-expect-error a broker cannot keep ids unique
  await sender.enqueue(unique, { userId: 1 });
  // @ts-expect-error nor an id of this one call
  await sender.enqueue(welcome, { userId: 1 }, { id: "welcome:1" });
  // @ts-expect-error and knows no priorities
  await sender.enqueue(urgent, {});
  // @ts-expect-error in a batch neither
  await sender.enqueueMany([welcome.with({ userId: 1 }, { id: "welcome:1" })]);
  // @ts-expect-error it has nothing to look at
  await sender.get("welcome:1");
  // @ts-expect-error nothing to list
  await sender.list({ state: "dead" });
  // @ts-expect-error and nothing to replay
  await sender.replay("welcome:1");

  const producer = createQueue(enqueue);
  await producer.enqueue(unique, { userId: 1 });
  // @ts-expect-error what can only enqueue has nothing to look at
  await producer.get("welcome:1");
  // @ts-expect-error and gives a worker nothing to settle
  createWorker(enqueue, { handlers: [] });

  const handlers = [handle(welcome, ({ userId }) => ({ sent: userId > 0 })), handle(unique, () => {})];
  const schedules = [schedule("hourly", every("1h"), urgent.with({}))];
  await createWorker(store, { handlers, schedules }).drain();
  await createWorker(broker, { handlers }).run([]);
  // @ts-expect-error a broker cannot keep a schedule's cursor
  createWorker(broker, { handlers, schedules });
  // @ts-expect-error and nothing can be claimed from it
  await createWorker(broker, { handlers }).drain();
  // @ts-expect-error a result must fit the definition's output
  handle(welcome, () => ({ sent: "yes" }));
  // @ts-expect-error and be there
  handle(welcome, async () => {});
  handle(welcome, async ({ userId }, context) => {
    expectTypeOf(userId).toEqualTypeOf<number>();
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
    return { sent: true };
  });

  const parsed = defineJob("parsed", { input: z.object({ at: z.string().transform((text) => text.length) }) });
  handle(parsed, ({ at }) => expectTypeOf(at).toEqualTypeOf<number>());
  parsed.with({ at: "2026" });
  // @ts-expect-error a misspelt option is no option
  defineJob("misspelt", { input: z.object({}), timeot: "5m" });
  // @ts-expect-error JSON would turn a Date into a string, which this schema refuses in the worker
  defineJob("dated", { input: z.object({ at: z.date() }) });
}

test("what compiles and what does not is held by the type check", () => {
  expect(compiles).toBeInstanceOf(Function);
});
