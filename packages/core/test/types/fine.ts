/** Never run: each line must compile, on both compilers, and with `exactOptionalPropertyTypes` in this package's own check. */
import { type } from "arktype";
import * as v from "valibot";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import type { Adapter, Store, Traits } from "../../src/adapter.ts";
import {
  type AnySchema,
  type Definition,
  type DurationString,
  type InputOf,
  type JobOptions,
  type OutputOf,
  createQueue,
  createWorker,
  defineJob,
  handle,
  handleMany,
} from "../../src/index.ts";

declare const store: Store<
  Traits & {
    readonly unique: true;
    readonly uniqueKeys: true;
    readonly dependencies: true;
    readonly expiry: true;
    readonly ordered: true;
  }
>;
declare const broker: Adapter<Traits & { readonly unique: false; readonly ordered: false }>;
const queue = createQueue(store);

// Branded values: a text that is also an object, to the compiler.
const UserId = z.string().brand("UserId");
export const branded = defineJob("branded", {
  input: z.object({ id: UserId, cents: z.number().brand("Cents") }).brand("Order"),
  output: UserId,
  id: ({ id }) => id,
});
handle(branded, ({ id }) => id);
export const valibotBrand = defineJob("valibot-brand", {
  input: v.object({ id: v.pipe(v.string(), v.brand("UserId")) }),
});

// Recursive types, whose end no compiler finds.
type Tree = { readonly name: string; readonly children: readonly Tree[]; readonly parent?: Tree };
const Tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), children: z.array(Tree) }));
const Folder = z.object({
  name: z.string(),
  get folders() {
    return z.array(Folder);
  },
});
export const json = defineJob("json", { input: z.json(), output: z.json() });
export const tree = defineJob("tree", { input: Tree, output: Tree });
export const folder = defineJob("folder", {
  input: Folder,
  output: z.object({ rest: z.record(z.string(), z.json()) }),
});
await queue.enqueue(tree, { name: "root", children: [{ name: "leaf", children: [] }] });

// Interfaces, unions, tuples, and what is taken at its word.
interface Address {
  readonly street: string;
  readonly zip?: number;
  readonly place: readonly [lat: number, lon: number];
}
export const shapes = defineJob("shapes", {
  input: z.object({
    address: z.custom<Address>(),
    either: z.union([z.object({ a: z.null() }), z.enum(["b", "c"])]).optional(),
    rest: z.record(z.string(), z.unknown()),
    any: z.any(),
  }),
});

// Other validators.
const ark = defineJob("ark", {
  input: type({ userId: "number", "mail?": "string.email" }),
  output: type({ sent: "boolean" }),
  id: ({ userId }) => `user:${userId}`,
});
handle(ark, ({ userId, mail }) => ({ sent: mail !== undefined && userId > 0 }));
const val = defineJob("val", { input: v.object({ userId: v.optional(v.number(), 1) }) });
handleMany(ark, { size: 10, wait: "1s" }, (jobs) =>
  Promise.allSettled(jobs.map(async ({ input, context }) => ({ sent: input.userId > 0 && context.attempt > 0 }))),
);
handle(val, ({ userId }) => expectTypeOf(userId).toEqualTypeOf<number>());
val.with({});

// It is what the schema makes that must be JSON, and what everybody gets.
const dated = defineJob("dated", {
  input: z.object({ at: z.date().transform((date) => date.toISOString()) }),
  id: ({ at }) => at.slice(0, 10),
  partition: ({ at }) => at,
  metadata: ({ at }) => ({ at }),
});
await queue.enqueue(dated, { at: new Date() });
expectTypeOf((await queue.get("1", dated))?.input).toEqualTypeOf<{ at: string } | undefined>();

// A result that may be missing.
handle(defineJob("perhaps", { input: z.object({}), output: z.object({ n: z.number() }).optional() }), () => undefined);
handle(defineJob("nothing", { input: z.object({}), output: z.void() }), () => {});

// Wrappers of one's own.
export function define<S extends AnySchema>(name: string, input: S) {
  return defineJob(name, { input });
}
export function defineZod<In extends z.ZodType, Out extends z.ZodType>(
  input: In,
  output: Out,
  id: (input: OutputOf<In>) => string,
) {
  const made = defineJob("zod", { input, output, queue: "own", id });
  handle(made, (given) => given as never);
  return made;
}
export function send<D extends Definition>(definition: D, input: InputOf<D["input"]>, options?: JobOptions) {
  return queue.enqueue(definition, input, options);
}
export function sendPlain<S extends AnySchema>(definition: Definition<S, undefined, never>, input: InputOf<S>) {
  return createQueue(broker).enqueue(definition, input);
}
const wrapped = define("wrapped", z.object({ a: z.string() }));
wrapped.with({ a: "b" });
// @ts-expect-error the wrapper keeps what the schema takes
wrapped.with({ a: 1 });
await send(wrapped, { a: "b" });
await sendPlain(wrapped, { a: "b" });
await send(
  defineZod(z.object({ a: z.string() }), z.json(), ({ a }) => a),
  { a: "b" },
);

// Options that may be undefined count as left out.
declare const text: string | undefined;
declare const number: number | undefined;
declare const wait: DurationString | undefined;
const options = { id: text, partition: text, priority: number, delay: wait, runAt: number, metadata: undefined };
await queue.enqueue(wrapped, { a: "b" }, options);
wrapped.with({ a: "b" }, options);
const loose = defineJob("loose", {
  input: z.object({}),
  output: undefined,
  version: text,
  queue: text,
  retry: undefined,
  timeout: wait,
  keep: wait,
  priority: number,
  id: undefined,
  partition: undefined,
  metadata: undefined,
});
await createQueue(store, { onEvent: undefined, log: undefined, platform: undefined }).enqueue(loose, {});
createWorker(store, {
  handlers: [],
  queues: undefined,
  schedules: undefined,
  onEvent: undefined,
  log: undefined,
  poll: wait,
  priorityAge: undefined,
  platform: undefined,
});
// What has neither an id nor a priority goes to a broker, too.
await createQueue(broker).enqueue(defineJob("plain", { input: z.object({}), id: undefined, priority: undefined }), {});
