import { expect, test } from "vitest";
import { z } from "zod";
import { type Unique, keyScope } from "../src/adapter.ts";
import { type UniqueOptions, createQueue, defineJob } from "../src/index.ts";
import { codeOf } from "./code-of.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

const input = z.object({ user: z.union([z.string(), z.number()]), at: z.number().optional() });

/** The contract's form of the key that an enqueue with these options has. */
async function keyOf(unique: UniqueOptions<unknown>, name = "sync"): Promise<Unique | undefined> {
  const adapter = minimalAdapter();
  await createQueue(adapter).enqueue(defineJob(name, { input, queue: "mail" }), { user: 1 }, { unique });
  return adapter.sent[0]?.unique;
}

test("a definition derives its key from the schema's output, and an enqueue may have its own instead", async () => {
  const adapter = minimalAdapter();
  const coerced = z.object({ user: z.coerce.number() });
  const sync = defineJob("sync", { input: coerced, unique: { key: ({ user }) => user, for: "10m", on: "replace" } });
  await createQueue(adapter).enqueue(sync, { user: "7" });
  await createQueue(adapter).enqueue(sync, { user: "7" }, { unique: { key: "other" } });
  await createQueue(adapter).enqueueMany([
    sync.with({ user: 8 }, { unique: { key: 1, on: "debounce", maxWait: "1m" } }),
  ]);
  expect(adapter.sent.map(({ unique }) => unique)).toEqual([
    { key: "n:default:sync:7", on: "replace", forMs: 600_000 },
    { key: 'n:default:sync:"other"', on: "keep" },
    { key: "n:default:sync:1", on: "debounce", maxWaitMs: 60_000 },
  ]);
});

test("the order of keys does not matter, and a number is not its text", async () => {
  const one = await keyOf({ key: { b: [1, { d: 1, c: 2 }], a: null } });
  expect(await keyOf({ key: { a: null, b: [1, { c: 2, d: 1 }] } })).toEqual(one);
  expect(await keyOf({ key: [1] })).not.toEqual(await keyOf({ key: ["1"] }));
  expect(await keyOf({ key: [1, 2] })).not.toEqual(await keyOf({ key: [2, 1] }));
});

test("a key is of its definition, of its queue or of the whole store, and these never meet", async () => {
  const key = "x";
  expect(await keyOf({ key })).toEqual({ key: 'n:mail:sync:"x"', on: "keep" });
  expect(await keyOf({ key, per: "queue" }, "a")).toEqual(await keyOf({ key, per: "queue" }, "b"));
  expect(await keyOf({ key, per: "store" })).toEqual({ key: 's:"x"', on: "keep" });
  expect(await keyOf({ key }, "s")).not.toEqual(await keyOf({ key, per: "store" }, "s"));
});

test("a key tells its scope, whatever it is made of", async () => {
  const scopes = { name: { queue: "mail", name: "sync" }, queue: { queue: "mail" }, store: {} };
  for (const key of ["n:a:b:", "q:a:", 1, { s: ":" }]) {
    for (const [per, scope] of Object.entries(scopes) as [keyof typeof scopes, object][]) {
      expect(keyScope((await keyOf({ key, per }))?.key ?? "")).toEqual(scope);
    }
  }
  for (const other of ["", "k", "n:", "n:a:", "n:a:b", "n::b:", "q::", "xn:a:b:1", "n:a\n:b"]) {
    expect([other, keyScope(other)]).toEqual([other, {}]);
  }
});

test.each([
  ["an unknown option", { key: 1, every: "1m" }],
  ["an unknown rule", { key: 1, on: "drop" }],
  ["an unknown scope", { key: 1, per: "tenant" }],
  ["a time that is none", { key: 1, for: "soon" }],
  ["a longest wait without a debounce", { key: 1, maxWait: "1m" }],
  ["a key that is no JSON", { key: new Date(0) }],
  ["no key", {}],
  ["a key of 401 characters", { key: "x".repeat(399) }],
])("%s is refused, and nothing is sent", async (_what, unique) => {
  const adapter = minimalAdapter();
  const options = { unique: unique as UniqueOptions<unknown> };
  const send = () => createQueue(adapter).enqueue(defineJob("sync", { input }), { user: 1 }, options);
  expect(["invalid_option", "invalid_duration"]).toContain(await codeOf(send));
  expect(adapter.sent).toEqual([]);
});

test("a definition whose key is no function is refused", () => {
  expect(() => defineJob("sync", { input, unique: { key: "x" as never } })).toThrow("key of unique of sync");
});

test("an adapter without unique keys refuses them at run time, too", async () => {
  const adapter = minimalAdapter({ uniqueKeys: false });
  const sync = defineJob("sync", { input, unique: { key: ({ user }) => user } });
  const refused = createQueue(adapter).enqueue(sync, { user: "secret" });
  await expect(refused).rejects.toMatchObject({
    code: "invalid_option",
    message: expect.not.stringContaining("secret"),
  });
  expect("release" in createQueue(adapter)).toBe(false);
});
