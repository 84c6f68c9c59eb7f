import { createQueue, defineJob, every, exponential, handle, schedule } from "@longshore/core";
import { memory } from "@longshore/memory";
import { type CallFault, type FaultRates, testQueue, withFaults } from "@longshore/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { handlers, mail, silent } from "./jobs.ts";

const KINDS: readonly CallFault[] = ["refused", "lostReply", "hung", "unsent", "slow", "doubled"];
// A lost claim is an attempt, and a job that ran long ago is still to be seen.
const counted = defineJob("counted", {
  input: z.object({ n: z.number() }),
  retry: exponential({ attempts: 20 }),
  keep: "30d",
});

/** A queue whose worker has faults, after an hour with them and a day without. Returns how often each job ran. */
async function history(seed: number, rates: FaultRates) {
  const runs = new Map<number, number>();
  const queue = testQueue({
    faults: { seed, rates },
    log: silent,
    handlers: [handle(counted, ({ n }) => void runs.set(n, (runs.get(n) ?? 0) + 1))],
  });
  const all = Array.from({ length: 20 }, (_, n) => n);
  await queue.enqueueMany(all.map((n) => counted.with({ n }, { id: `counted:${n}`, delay: n * 60_000 })));
  await queue.advance("1h");
  queue.faults.end();
  await queue.advance("1d");
  const states = await Promise.all(all.map(async (n) => (await queue.get(`counted:${n}`))?.state ?? "gone"));
  return { runs, states, injected: queue.faults.injected };
}

describe("a worker behind an unreliable line", () => {
  test.each(KINDS)("loses no job to calls that are %s", async (kind) => {
    const { runs, states, injected } = await history(1, { [kind]: 0.3 });
    expect(new Set(Object.values(injected))).toEqual(new Set([kind]));
    expect([runs.size, new Set(states)]).toEqual([20, new Set(["completed"])]);
  });

  test("loses none to all of them together, and runs some twice", async () => {
    const rates = Object.fromEntries(KINDS.map((kind) => [kind, 0.1]));
    const histories = await Promise.all([1, 2, 3, 4].map((seed) => history(seed, rates)));
    expect(histories.flatMap(({ states }) => states).filter((state) => state !== "completed")).toEqual([]);
    expect(histories.flatMap(({ runs }) => [...runs.values()]).some((count) => count > 1)).toBe(true);
  });

  test("has the same faults for the same seed, and others for another", async () => {
    const rates = { refused: 0.2, lostReply: 0.2 };
    const [one, again, other] = await Promise.all([history(1, rates), history(1, rates), history(2, rates)]);
    expect(again.injected).toEqual(one.injected);
    expect(other.injected).not.toEqual(one.injected);
  });

  test("fires a schedule that it could not declare at first", async () => {
    const ran: string[] = [];
    const tick = defineJob("tick", { input: z.object({}) });
    for (const fault of ["refused", "unsent"] as const) {
      const queue = testQueue({
        faults: { seed: 1, only: { "declare#1": fault } },
        log: silent,
        handlers: [handle(tick, () => void ran.push(fault))],
        schedules: [schedule("hourly", every("1h"), tick.with({}))],
      });
      await queue.advance("1h");
    }
    expect(ran).toEqual(["refused", "unsent"]);
  });

  test("fires each occurrence of a schedule once", async () => {
    const ran: string[] = [];
    const tick = defineJob("tick", { input: z.object({ at: z.string() }), keep: "30d" });
    const queue = testQueue({
      faults: { seed: 5, rates: { refused: 0.2, lostReply: 0.2, doubled: 0.2 } },
      log: silent,
      handlers: [handle(tick, ({ at }) => void ran.push(at))],
      schedules: [
        schedule("hourly", every("1h"), (at) => tick.with({ at: at.toISOString() }), { missed: { all: 100 } }),
      ],
    });
    await queue.advance("1d");
    queue.faults.end();
    await queue.advance("1h");
    expect(Object.keys(queue.faults.injected).length).toBeGreaterThan(10);
    expect(new Set(ran).size).toBe(25);
    expect((await queue.list({ name: "tick" })).jobs).toHaveLength(25);
  });
});

describe("withFaults", () => {
  const enqueueOver = (fault: CallFault) => {
    const store = memory();
    const adapter = withFaults(store, { seed: 1, only: { "enqueue#1": fault }, slow: 0 });
    return { store, adapter, enqueued: createQueue(adapter).enqueue(mail, { to: "a" }, { id: "one" }) };
  };
  const count = async (store: ReturnType<typeof memory>) => (await store.get([{ id: "one" }])).filter(Boolean).length;

  test("fails a call that is refused, and nothing happened", async () => {
    const { store, enqueued } = enqueueOver("refused");
    await expect(enqueued).rejects.toMatchObject({ code: "enqueue_failed", ids: ["one"] });
    expect(await count(store)).toBe(0);
  });

  test("fails a call whose reply is lost, and it has happened", async () => {
    const { store, enqueued } = enqueueOver("lostReply");
    await expect(enqueued).rejects.toMatchObject({ code: "enqueue_failed", cause: { name: "Unreachable" } });
    expect(await count(store)).toBe(1);
  });

  test("answers once for a call that happens twice", async () => {
    const { store, enqueued } = enqueueOver("doubled");
    expect((await enqueued).status).toMatch(/created|duplicate/);
    expect(await count(store)).toBe(1);
  });

  test("tells what it did, and ends on demand", async () => {
    const adapter = withFaults(memory(), { seed: 1, rates: { refused: 1 } });
    const queue = createQueue(adapter);
    await expect(queue.enqueue(mail, { to: "a" })).rejects.toThrow("The backend failed");
    await expect(queue.counts()).rejects.toMatchObject({
      code: "backend_failed",
      cause: { message: "counts: refused, by withFaults" },
    });
    expect(adapter.faults.injected).toEqual({ "enqueue#1": "refused", "counts#1": "refused" });
    adapter.faults.end();
    expect((await queue.enqueue(mail, { to: "a" })).status).toBe("created");
  });

  test("passes on an error of the adapter itself", async () => {
    const broken = { ...memory(), enqueue: () => Promise.reject(new Error("disk full")) };
    const queue = createQueue(withFaults(broken, { seed: 1, only: { "enqueue#1": "slow" }, slow: 0 }));
    await expect(queue.enqueue(mail, { to: "a" })).rejects.toMatchObject({ cause: { message: "disk full" } });
  });

  test.each([
    ["seed", {}],
    ["seed", { seed: 0.5 }],
    ["rates", { seed: 1, rates: { refused: 2 } }],
    ["rates", { seed: 1, rates: { refusd: 0.1 } }],
    ["slow", { seed: 1, slow: "soon" }],
    ["platform", { seed: 1, platform: {} }],
  ])("refuses a wrong %s", (name, options) => {
    expect(() => withFaults(memory(), options as never)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(name) }),
    );
  });

  test("leaves a test without the option alone", async () => {
    const queue = testQueue({ handlers: handlers().all });
    await queue.enqueue(mail, { to: "a" });
    await queue.drain();
    expect(queue.faults.injected).toEqual({});
  });
});
