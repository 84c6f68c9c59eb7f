import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual, expectRejection } from "../../expect.ts";
import { HOUR, newJob } from "../../jobs.ts";
import { anything, newPipeline, task } from "../../pipeline.ts";

/** Inputs, results and stored rows that no sane code would make. */
export const hostilePayloadCases: readonly Case[] = [
  defineCase({
    name: "whatever JSON can hold reaches the handler as it was",
    fault: "X23",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const inputs = fromTexts();
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueueMany(inputs.map((input, n) => task.with({ n, input })));
      const seen: (string | undefined)[] = [];
      const handler = handle(task, ({ n, input }) => void (seen[Number(n)] = JSON.stringify(input)));
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      for (const [n, input] of inputs.entries()) {
        expectEqual(seen[n]?.slice(0, 200), JSON.stringify(input).slice(0, 200), `input ${n}`);
        expectEqual(seen[n] === JSON.stringify(input), true, `that input ${n} is whole`);
      }
      expectEqual(Reflect.get({}, "admin"), undefined, "what objects inherit");
    },
  }),

  defineCase({
    name: "metadata of any text and any name come back as they were",
    fault: "X16",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const metadata = { constructor: "a", toString: "\u0000", valueOf: "\ud800", length: "", v: "9", "m.v": "'" };
      await createQueue(harness.adapter, pipeline.options).enqueue(task, {}, { metadata });
      const seen: unknown[] = [];
      const handler = handle(task, (_input, context) => void seen.push({ ...context.metadata }));
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(seen, [metadata], "the handler's metadata");
      expectEqual(pipeline.newest("completed").job.metadata, metadata, "the event's metadata");
    },
  }),

  defineCase({
    name: "what JSON cannot hold is refused before anything is sent, and its batch with it",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      for (const [what, input] of Object.entries(unspeakable())) {
        const batch = [task.with({}), { ...task.with({}), input }];
        for (const call of [() => queue.enqueue(task, input as never), () => queue.enqueueMany(batch)]) {
          const error = await expectRejection(call, `the enqueue of ${what}`);
          expectEqual(Reflect.get(Object(error), "code"), "invalid_payload", `the refusal of ${what}`);
        }
      }
      expectEqual(harness.calls.length, 0, "how many calls the adapter got");
      const seen: unknown[] = [];
      await queue.enqueueMany(Array.from({ length: 12 }, (_, n) => task.with({ n })));
      const handler = handle(task, ({ n }) => void seen.push(n));
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(seen.length, 12, "how many jobs ran");
    },
  }),

  defineCase({
    name: "lists nested a hundred thousand deep are refused or run unchanged, and harm no other job",
    fault: "X20",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const queue = createQueue(harness.adapter, pipeline.options);
      let deep: unknown = 1;
      for (let depth = 0; depth < 100_000; depth++) deep = [deep];
      await queue.enqueueMany(Array.from({ length: 12 }, (_, n) => task.with({ n })));
      let taken = 1;
      await queue.enqueue(task, { deep }).catch((error: unknown) => {
        const code: unknown = Reflect.get(Object(error), "code");
        expect(code === "invalid_payload" || code === "payload_too_large", `it was refused with ${String(code)}`);
        taken = 0;
      });
      const depths: number[] = [];
      const handler = handle(task, ({ deep: found = [] }) => void depths.push(depthOf(found)));
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      const expected = [...Array(12).fill(1), ...Array(taken).fill(100_000)];
      expectEqual(
        depths.sort((a, b) => a - b),
        expected,
        "how deep the inputs were",
      );
      expectEqual(pipeline.count("completed"), 12 + taken, "how many were completed");
    },
  }),

  defineCase({
    name: "a job whose result JSON would change is a dead letter at once, does not run again, and harms no other job",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      const results = unspeakable();
      const names = Object.keys(results);
      const answering = defineJob("task", { input: anything, output: anything });
      const queue = createQueue(harness.adapter, pipeline.options);
      await queue.enqueueMany([...names, "plain"].map((name) => answering.with({ name })));
      let ran = 0;
      const handler = handle(answering, async ({ name }) => {
        ran++;
        return name === "plain" ? {} : (results[String(name)] as {});
      });
      const worker = createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] });
      await pipeline.drain(worker);
      await harness.pass(HOUR);
      await pipeline.drain(worker);
      const seen = [pipeline.count("dead"), pipeline.count("completed"), ran];
      expectEqual(seen, [names.length, 1, names.length + 1], "deaths, completions and runs");
    },
  }),

  defineCase({
    name: "a job whose stored payload is not JSON is a dead letter that does not quote it, and harms no other job",
    fault: "X48",
    needs: ["work"],
    async run(harness) {
      const pipeline = newPipeline(harness);
      await harness.adapter.enqueue([
        newJob("before", { name: "task" }),
        newJob("bad", { name: "task", payload: "canary" }),
        newJob("after", { name: "task" }),
      ]);
      const ran: string[] = [];
      const handler = handle(task, (_input, { id }) => void ran.push(id));
      await pipeline.drain(createWorker(harness.adapter, { ...pipeline.options, handlers: [handler] }));
      expectEqual(ran.sort(), ["after", "before"], "what ran");
      const { job, failure } = pipeline.newest("dead");
      expectEqual([job.id, failure.message.includes("canary")], ["bad", false], "who died, and whether it is quoted");
    },
  }),

  defineCase({
    name: "a job whose stored payload is not JSON is listed like the others",
    needs: ["Inspect", "unique"],
    async run(harness) {
      const queue = createQueue(harness.adapter, newPipeline(harness).options);
      await harness.adapter.enqueue([newJob("a", { payload: "{" }), newJob("b")]);
      const { jobs } = await queue.list();
      const shown = jobs.map(({ id, input }) => `${id} ${JSON.stringify(input)}`).sort();
      expectEqual(shown, ["a undefined", 'b {"n":1}'], "the list");
      expectEqual((await queue.get("a"))?.state, "enqueued", "the one by itself");
    },
  }),
];

/** Inputs parsed from known texts, so that `__proto__` is a key and not a prototype. */
function fromTexts(): readonly unknown[] {
  const keys = Array.from({ length: 2_000 }, (_, n) => `"k${n}":${n}`).join();
  return [
    '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
    '{"toJSON":1,"then":2,"valueOf":3,"hasOwnProperty":4,"length":-1}',
    '["__proto__","constructor",null,"",[],{},{"":""}]',
    "[-0,5e-324,9007199254740993,1e21,0.1]",
    '["\\u0000","\\ud800","\\udc00\\ud800","\\u2028","\\ufeff","naïve \\ud83d\\udc69"]',
    `["'; DROP TABLE jobs;--","$1","?1","%s","\\\\","</script>","\\"]"]`,
    `{${keys}}`,
    `${"[".repeat(1_000)}${"]".repeat(1_000)}`,
  ].map((text) => JSON.parse(text) as unknown);
}

/** Values that JSON cannot hold or would change, each in its own way, but none that a promise cannot resolve with. */
function unspeakable(): Record<string, unknown> {
  const trap = (): never => {
    throw new Error("a trap");
  };
  const circle: unknown[] = [];
  circle.push({ circle });
  return {
    "a bigint": 1n,
    "a bigint inside": { a: [1n] },
    "a function": trap,
    "a symbol": Symbol("s"),
    "a circle": circle,
    "no number": { a: Number.NaN },
    "a hole": [1, undefined],
    "a Date": { at: new Date(0) },
    "a Map": new Map(),
    "a getter that throws": Object.defineProperty({}, "a", { get: trap, enumerable: true }),
    "a toJSON that throws": { toJSON: trap },
    "a toJSON that answers something else": { toJSON: () => 1 },
  };
}

/** How deeply lists are nested, counted without a stack. */
function depthOf(value: unknown): number {
  let depth = 0;
  for (let inner = value; Array.isArray(inner); inner = inner[0]) depth++;
  return depth;
}
