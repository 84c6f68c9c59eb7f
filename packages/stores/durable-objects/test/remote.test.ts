import { systemPlatform } from "@longshore/core";
import { describe, expect, test } from "vitest";
import { durableObjects } from "../src/index.ts";
import type { Call, Reply } from "../src/wire.ts";

type Behaviour = (call: Call, stub: number) => Reply;

/** A namespace whose objects do as they are told, and the stubs that were taken of them. */
function setting(behave: Behaviour) {
  const stubs: string[] = [];
  const waits: number[] = [];
  const namespace = {
    getByName(name: string) {
      const stub = stubs.push(name);
      return { jobs: async (call: never) => behave(call, stub) };
    },
  };
  const platform = {
    ...systemPlatform,
    random: () => 0.5,
    timer: (ms: number, callback: () => void) => {
      waits.push(ms);
      callback();
      return () => {};
    },
  };
  return { store: durableObjects(namespace, { platform }), stubs, waits };
}

const broken = (marks: object): Error => Object.assign(new Error("the object went away"), marks);
const done = (value: unknown): Reply => ({ type: "done", value });

describe("a call that fails", () => {
  test("is repeated through a new stub if the platform calls it retryable", async () => {
    const { store, stubs, waits } = setting((_, stub) => {
      if (stub < 3) throw broken({ retryable: true });
      return done([]);
    });
    expect(await store.counts()).toEqual([]);
    expect(stubs).toEqual(["jobs", "jobs", "jobs"]);
    expect(waits).toEqual([50, 100]);
  });

  test("is repeated a few times and no more", async () => {
    const { store, stubs } = setting(() => {
      throw broken({ retryable: true });
    });
    await expect(store.counts()).rejects.toThrow("the object went away");
    expect(stubs).toHaveLength(4);
  });

  test("is not repeated where the object is overloaded, or the error is not the platform's", async () => {
    for (const marks of [{ retryable: true, overloaded: true }, {}, { remote: true }]) {
      const { store, stubs } = setting(() => {
        throw broken(marks);
      });
      await expect(store.counts()).rejects.toThrow("the object went away");
      expect(stubs).toHaveLength(1);
    }
  });

  test("with something that is no error at all passes it on", async () => {
    const { store } = setting(() => {
      throw null;
    });
    await expect(store.counts()).rejects.toBe(null);
  });
});

test("a refusal becomes the error that it names", async () => {
  const { store } = setting(() => ({ type: "refused", code: "shard_mismatch", message: "four, not one" }));
  await expect(store.counts()).rejects.toMatchObject({
    name: "LongshoreError",
    code: "shard_mismatch",
    message: "four, not one",
  });
});

test("an enqueue that is repeated carries the same ids", async () => {
  const ids: unknown[] = [];
  const { store } = setting(({ input }, stub) => {
    ids.push(JSON.stringify(input));
    if (stub === 1) throw broken({ retryable: true });
    return done([{ status: "duplicate", state: "enqueued" }]);
  });
  const job = { id: "a", name: "n", queue: "q", payload: "1", headers: {}, priority: 5, due: { inMs: 0 }, keepMs: 0 };
  expect(await store.enqueue([job])).toEqual([{ status: "duplicate", state: "enqueued" }]);
  expect(ids[0]).toBe(ids[1]);
});
