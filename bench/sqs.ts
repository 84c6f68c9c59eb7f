import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type SqsAction, type SqsAnswer, type SqsCall, poll, sqs } from "@longshore/sqs";
import { z } from "zod";

/** Of a job from its enqueue to its deletion. */
export type SqsFigures = {
  /** Calls of SQS, which are what it bills: for jobs enqueued and run alone, and for those of `enqueueMany`. */
  readonly calls: { readonly single: number; readonly bulk: number };
  /** Processor time (µs) of a job of `enqueueMany`, without signatures, HTTP and the answers. */
  readonly cpu: number;
};

const SINGLE = 100;
const BULK = 20_000;
const SLOTS = 100;
const job = defineJob("work", { input: z.object({ n: z.number() }) });
const quiet = { debug(): void {}, info(): void {}, warn(): void {}, error(): void {} };

/** Answers from memory: an emulator's speed says nothing about SQS. */
export async function sqsFigures(say: (text: string) => void): Promise<SqsFigures> {
  say("SQS, answered from memory");
  const single = await run(SINGLE, 1);
  await run(BULK, 1_000); // for the JIT compiler
  const bulk = await run(BULK, 1_000);
  const round = (value: number): number => Math.round(value * 100) / 100;
  return { calls: { single: round(single.calls), bulk: round(bulk.calls) }, cpu: round(bulk.cpu) };
}

async function run(jobs: number, size: number): Promise<{ readonly calls: number; readonly cpu: number }> {
  const service = inMemory();
  const broker = sqs({ call: service.call, queue: "https://sqs/jobs", deadLetters: "https://sqs/dead" });
  const queue = createQueue(broker);
  let ran = 0;
  let all = (): void => {};
  let target = size;
  const worker = createWorker(broker, {
    handlers: [handle(job, () => void (++ran === target && all()))],
    queues: { default: SLOTS },
    log: quiet,
  });
  const before = process.cpuUsage();
  const host = poll({ broker, worker, slots: SLOTS, wait: 0, log: quiet });
  for (let sent = 0; sent < jobs; sent += size) {
    target = sent + size;
    const done = new Promise<void>((resolve) => {
      all = resolve;
    });
    await queue.enqueueMany(Array.from({ length: size }, (_, i) => job.with({ n: sent + i })));
    await done;
    await service.deleted(target);
  }
  const { user, system } = process.cpuUsage(before);
  const calls = service.calls() / jobs;
  service.stop();
  await host.stop();
  return { calls, cpu: (user + system - service.cpuMicros()) / jobs };
}

/** A queue in a list, which holds calls for messages until there are some. Empty polls are not counted. */
function inMemory() {
  const waiting: { MessageId: string; ReceiptHandle: string; Body: string }[] = [];
  const pollers: (() => void)[] = [];
  let calls = 0;
  let removed = 0;
  let made = 0;
  let micros = 0;
  let heard = (): void => {};
  let stopped = false;

  const answer = (action: SqsAction, input: Readonly<Record<string, unknown>>): SqsAnswer => {
    const entries = (input["Entries"] ?? []) as readonly { readonly MessageBody: string }[]; // ours
    calls++;
    switch (action) {
      case "SendMessageBatch":
        for (const { MessageBody: Body } of entries) {
          const id = String(++made);
          waiting.push({ MessageId: id, ReceiptHandle: id, Body });
        }
        for (const ask of pollers.splice(0)) ask();
        return {};
      case "ReceiveMessage":
        return { Messages: waiting.splice(0, Number(input["MaxNumberOfMessages"])) };
      case "DeleteMessageBatch":
        removed += entries.length;
        heard();
        return {};
      case "ChangeMessageVisibilityBatch":
        return {};
    }
  };
  const call: SqsCall = async (action, input) => {
    while (action === "ReceiveMessage" && waiting.length === 0 && !stopped) {
      await new Promise<void>((resolve) => pollers.push(resolve));
    }
    const startedAt = performance.now();
    const answered = answer(action, input);
    micros += (performance.now() - startedAt) * 1_000;
    // A turn of the event loop, as an answer takes.
    await new Promise((resolve) => setImmediate(resolve));
    return answered;
  };
  return {
    call,
    calls: () => calls,
    cpuMicros: () => micros,
    async deleted(count: number): Promise<void> {
      while (removed < count) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    },
    stop(): void {
      stopped = true;
      for (const ask of pollers.splice(0)) ask();
    },
  };
}
