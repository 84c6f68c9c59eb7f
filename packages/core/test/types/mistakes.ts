/**
 * Never run, and does not compile: the likeliest mistakes, one a line, each below what the compiler blames in it and the
 * first line of what it says, up to `…`: the members of a union come in any order.
 */
import { z } from "zod";
import type { Adapter, Store, Traits } from "../../src/adapter.ts";
import { cancelWhere } from "../../src/jobs/bulk.ts";
import {
  createQueue,
  createWorker,
  defineJob,
  defineQueue,
  every,
  flow,
  handle,
  handleMany,
  schedule,
} from "../../src/index.ts";

declare const store: Store<
  Traits & { readonly unique: true; readonly uniqueKeys: true; readonly dependencies: true; readonly ordered: true }
>;
declare const broker: Adapter<Traits & { readonly unique: false; readonly ordered: false }>;
const queue = createQueue(store);
const sender = createQueue(broker);
const input = z.object({ n: z.number() });
const plain = defineJob("plain", { input, output: z.object({ sent: z.boolean() }) });
const fresh = defineJob("fresh", { input, startWithin: "5m" });
const paced = defineJob("paced", { input, throttle: { limit: 1, per: "1s" } });
const unique = defineJob("unique", { input, id: ({ n }) => `n:${n}` });
const hourly = schedule("hourly", every("1h"), plain.with({ n: 1 }));

// timeout << Type '"5 minutes"' is not assignable to type 'Duration | undefined'.
defineJob("slow", { input, timeout: "5 minutes" });
// timeot << Object literal may only specify known properties, but 'timeot' does not exist in type 'DefineOptions<ZodObject<{ n: ZodNumber; }, $strip>, undefined, never, undefined, undefined, undefined, string, undefined, undefined, never, undefined>'. Did you mean to write 'timeout'?
defineJob("misspelt", { input, timeot: "5m" });
// input << Type 'ZodObject<{ at: ZodDate; }, $strip>' is not assignable to type 'ZodObject<{ at: ZodDate; }, $strip> & "what the schema makes must be JSON: no Date, bigint, Map, Set, symbol, function, nor undefined in a list"'.
defineJob("dated", { input: z.object({ at: z.date() }) });
// input << Type 'ZodObject<{ at: ZodArray<ZodOptional<ZodString>>; }, $strip>' is not assignable to type 'ZodObject<{ at: ZodArray<ZodOptional<ZodString>>; }, $strip> & "what the schema makes must be JSON: no Date, bigint, Map, Set, symbol, function, nor undefined in a list"'.
defineJob("holes", { input: z.object({ at: z.array(z.string().optional()) }) });
// output << Type 'ZodMap<ZodString, ZodString>' is not assignable to type 'ZodMap<ZodString, ZodString> & "what the schema makes must be JSON: no Date, bigint, Map, Set, symbol, function, nor undefined in a list"'.
defineJob("mapped", { input, output: z.map(z.string(), z.string()) });
// n << Type 'string' is not assignable to type 'number'.
queue.enqueue(plain, { n: "1" });
// delay << Type '"soon"' is not assignable to type 'Duration | undefined'.
queue.enqueue(plain, { n: 1 }, { delay: "soon" });
// dealy << Object literal may only specify known properties, but 'dealy' does not exist in type 'OptionsOn<Store<Traits & { readonly unique: true; readonly uniqueKeys: true; readonly dependencies: true; readonly ordered: true; }>>'. Did you mean to write 'delay'?
queue.enqueue(plain, { n: 1 }, { dealy: "5m" });
// dealy << Object literal may only specify known properties, but 'dealy' does not exist in type 'JobOptions & { readonly id?: undefined; readonly priority?: undefined; readonly unique?: undefined; readonly after?: undefined; readonly startWithin?: undefined; }'. Did you mean to write 'delay'?
plain.with({ n: 1 }, { dealy: "5m" });
// maxWait << Type 'string' is not assignable to type 'undefined'.
queue.enqueue(plain, { n: 1 }, { unique: { key: 1, on: "replace", maxWait: "1m" } });
// unique << Type '{ key: number; }' is not assignable to type '"this adapter has no unique keys: leave `unique` out, or use a store that has the trait uniqueKeys"'.
sender.enqueue(plain, { n: 1 }, { unique: { key: 1 } });
// after << Type 'string[]' is not assignable to type '"this adapter knows no parents: leave `after` out, or use a store that has the trait dependencies"'.
sender.enqueue(plain, { n: 1 }, { after: ["one"] });
// { b: ["a"] } << Argument of type '{ b: string[]; }' is not assignable to parameter of type '"this adapter knows no parents: leave `after` out, or use a store that has the trait dependencies"'.
flow(sender, { a: plain.with({ n: 1 }), b: plain.with({ n: 2 }) }, { b: ["a"] });
// "c" << Type '"c"' is not assignable to type '"a"'.
flow(queue, { a: plain.with({ n: 1 }), b: plain.with({ n: 2 }) }, { b: ["c"] });
// "b" << Type '"b"' is not assignable to type '"a"'.
flow(queue, { a: plain.with({ n: 1 }), b: plain.with({ n: 2 }) }, { b: ["b"] });
// fresh << Type 'JobRequest<"startWithin">' is not assignable to type 'JobRequest<…
flow(queue, { fresh: fresh.with({ n: 1 }) }, {});
// startWithin << Type '"5m"' is not assignable to type '"this adapter lets no job expire: leave `startWithin` out, or use a store that has the trait expiry"'.
sender.enqueue(plain, { n: 1 }, { startWithin: "5m" });
// fresh << Argument of type 'Definition<ZodObject<{ n: ZodNumber; }, $strip>, undefined, "startWithin">' is not assignable to parameter of type 'AnyDefinition<…
queue.enqueue(fresh, { n: 1 });
// paced << Argument of type 'Definition<ZodObject<{ n: ZodNumber; }, $strip>, undefined, "throttle">' is not assignable to parameter of type 'AnyDefinition<…
queue.enqueue(paced, { n: 1 });
// unique << Argument of type 'Definition<ZodObject<{ n: ZodNumber; }, $strip>, undefined, "id">' is not assignable to parameter of type 'AnyDefinition<"this adapter has no ids: leave the id out, or use a store" | …
sender.enqueue(unique, { n: 1 });
// id << Type '"one"' is not assignable to type '"this adapter has no ids: leave the id out, or use a store"'.
sender.enqueue(plain, { n: 1 }, { id: "one" });
// priority << Type 'number' is not assignable to type '"this adapter has no priorities: leave the priority out, or use a store"'.
sender.enqueue(plain, { n: 1 }, { priority: 1 });
// unique << Type 'JobRequest<"id">' is not assignable to type 'JobRequest<"this adapter has no ids: leave the id out, or use a store" | …
sender.enqueueMany([unique.with({ n: 1 })]);
// get << Property 'get' does not exist on type 'Producer<Adapter<Traits & { readonly unique: false; readonly ordered: false; }>>'.
sender.get("one");
// update << Property 'update' does not exist on type 'Producer<Adapter<Traits & { readonly unique: false; readonly ordered: false; }>>'.
sender.update(plain, "one", { priority: 1 });
// schedules << Type 'Schedule[]' is not assignable to type '"this adapter keeps no schedules: declare them where the jobs are kept, in a store"'.
createWorker(broker, { handlers: [], schedules: [hourly] });
// priorityAge << Type '"10m"' is not assignable to type '"this adapter's priorities do not age: leave `priorityAge` out, or use a store that has the trait ageing"'.
createWorker(broker, { handlers: [], priorityAge: "10m" });
// sender << Argument of type 'Producer<Adapter<Traits & { readonly unique: false; readonly ordered: false; }>>' is not assignable to parameter of type …
cancelWhere(sender, { queue: "mail" });
// sent << Type 'string' is not assignable to type 'boolean'.
handle(plain, () => ({ sent: "yes" }));
// async << Argument of type '() => Promise<void>' is not assignable to parameter of type '(input: { n: number; }, context: JobContext) => …
handle(plain, async () => {});
// async << Argument of type '() => Promise<void>' is not assignable to parameter of type '(jobs: …
handleMany(plain, { size: 5, wait: "1s" }, async () => {});
// plain << Type 'Definition<ZodObject<{ n: ZodNumber; }, $strip>, ZodObject<{ sent: ZodBoolean; }, $strip>, never>' is missing the following properties from type 'Handler': definition, run
createWorker(store, { handlers: [plain] });
// mail << Type 'string' is not assignable to type 'number'.
createWorker(store, { handlers: [], queues: { mail: "2" } });
// state << Type '"deadd"' is not assignable to type …
queue.list({ state: "deadd" });
// n: S << Type 'string' is not assignable to type 'number'.
defineJob("dies", { input, onDead: { job: plain, input: ({ n }) => ({ n: String(n) }) } });
const dies = defineJob("dies", { input, onDead: { job: fresh, input: ({ n }) => ({ n }) } });
// dies << Argument of type 'Definition<ZodObject<{ n: ZodNumber; }, $strip>, undefined, "startWithin">' is not assignable to parameter of type 'AnyDefinition<…
queue.enqueue(dies, { n: 1 });
const crowded = defineJob("crowded", { input, queue: defineQueue("crowded", { maxDepth: 9 }) });
// crowded << Argument of type 'Definition<ZodObject<{ n: ZodNumber; }, $strip>, undefined, "maxDepth">' is not assignable to parameter of type 'AnyDefinition<…
queue.enqueue(crowded, { n: 1 });
const inOrder = defineJob("in-order", { input, order: { key: ({ n }) => n } });
// inOrder << Argument of type 'Definition<ZodObject<{ n: ZodNumber; }, $strip>, undefined, "order">' is not assignable to parameter of type 'AnyDefinition<…
queue.enqueue(inOrder, { n: 1 });
// order << Type '{ key: ({ n }: { n: number; }) => number; }' is not assignable to type 'OrderOptions<(input: { n: number; }) => number> & "an order goes without `concurrency`: of its jobs with the same key, one runs at a time"'.
defineJob("both", { input, order: { key: ({ n }) => n }, concurrency: { key: ({ n }) => n, limit: 2 } });
