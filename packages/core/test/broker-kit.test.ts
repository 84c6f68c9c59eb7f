import { expect, test } from "vitest";
import type { ClaimedJob, NewJob, Outcome, Settlement, Traits } from "../src/adapter.ts";
import {
  type Broker,
  type Message,
  type Parcel,
  createBroker,
  readDeadLetter,
  runMessages,
} from "../src/broker/index.ts";

// What no Cloudflare queue does, over which the kit has most of its tests: acknowledgements that take time and fail,
// messages that cannot be sent with a delay, and delays of many hops.

const SECOND = 1_000;
const HOP = 900 * SECOND;
const failure = { message: "not now" };
const traits: Traits = {
  durable: true,
  unique: false,
  ordered: false,
  fenced: false,
  maxDelayMs: Infinity,
  delayStepMs: SECOND,
  maxRunMs: 60 * SECOND,
  maxPayloadBytes: 1_000,
  leaseMs: 30 * SECOND,
};

type Stored = { readonly id: string; readonly body: string; dueAt: number; attempts: number };

/** A queue of our own: what it hands out comes again after a minute, unless it is acknowledged. */
function world({ hides = false, startMs = 0 } = {}) {
  let time = 1_000_000 + startMs;
  const queue = new Map<string, Stored>();
  const dead: string[] = [];
  const keys: string[] = [];
  const failing = { acks: 0, posts: 0, retryMs: Infinity };
  let ids = 0;
  const broker: Broker<Traits, Stored> = createBroker<Traits, Stored>({
    name: "ours",
    traits,
    messageBytes: 2_000,
    hopMs: HOP,
    hides,
    now: () => time,
    async post(to, parcels) {
      if (failing.posts-- > 0) throw new Error("the broker is away");
      for (const parcel of parcels) store(to, parcel);
      return parcels.map(() => undefined);
    },
    message: (one): Message => ({
      id: one.id,
      body: one.body,
      attempts: one.attempts,
      retryMs: failing.retryMs,
      async ack() {
        await Promise.resolve();
        if (failing.acks-- > 0) throw new Error("the connection is lost");
        queue.delete(one.id);
      },
      async retry(delayMs) {
        one.dueAt = time + Math.ceil(delayMs / SECOND) * SECOND;
      },
    }),
  });
  function store(to: "queue" | "dead", { body, delayMs, key }: Parcel): void {
    keys.push(key);
    const id = `m${++ids}`;
    if (to === "dead") dead.push(body);
    else queue.set(id, { id, body, dueAt: time + Math.ceil(delayMs / SECOND) * SECOND, attempts: 0 });
  }
  const arriving = (): Stored[] => {
    const due = [...queue.values()].filter(({ dueAt }) => dueAt <= time);
    for (const one of due) {
      one.attempts++;
      one.dueAt = time + 60 * SECOND;
    }
    return due;
  };
  return {
    broker,
    queue,
    dead,
    keys,
    failing,
    arriving,
    now: () => time,
    pass: (ms: number) => void (time += ms),
  };
}

const newJob = (overrides: Partial<NewJob> = {}): NewJob => ({
  id: "job-1",
  name: "task",
  queue: "default",
  payload: "{}",
  headers: { v: "1" },
  priority: 5,
  due: { inMs: 0 },
  keepMs: 0,
  ...overrides,
});
const settlement = ({ id, token }: ClaimedJob, outcome: Outcome): Settlement => ({ id, token, outcome });

test.each([1, 7, 60, 899])(
  "a delay of many hops ends within a step, with deliveries %i s late",
  async (lateSeconds) => {
    const { broker, arriving, pass, now, queue } = world({ startMs: 137 });
    const dueAt = now() + 100_000 * SECOND + 500;
    await broker.enqueue([newJob({ due: { at: dueAt } })]);
    let jobs: readonly ClaimedJob[] = [];
    for (let hops = 0; jobs.length === 0 && hops < 1_000; hops++) {
      const next = Math.min(...[...queue.values()].map((one) => one.dueAt));
      // Each hop but the last is late, as with a consumer that was away.
      pass(Math.max(0, next - now()) + (dueAt - next > HOP ? lateSeconds * SECOND + 250 : 0));
      const delivery = await broker.receive(arriving());
      pass(delivery.soon?.inMs ?? 0);
      jobs = delivery.soon ? (await broker.receive(delivery.soon.messages)).jobs : delivery.jobs;
    }
    expect(jobs).toMatchObject([{ id: "job-1", attempt: 1 }]);
    expect(now()).toBeGreaterThanOrEqual(dueAt);
    expect(now() - dueAt).toBeLessThan(SECOND);
  },
);

test("the host runs what is due within a step when it is due", async () => {
  const { broker, arriving, pass, queue } = world();
  await broker.enqueue([newJob({ due: { inMs: HOP + 300 } })]);
  pass(HOP + 1);
  const early = arriving();
  expect(await broker.receive(early)).toMatchObject({ jobs: [], soon: { inMs: 999, messages: early } });
  const ran: ClaimedJob[] = [];
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  await runMessages(early, {
    receive: broker.receive,
    message: () => ({ ack() {}, retry() {} }),
    worker: {
      async run(jobs) {
        ran.push(...jobs);
        await broker.settle(jobs.map((job) => settlement(job, { type: "complete" })));
      },
    },
    log: quiet,
    fields: {},
    platform: {
      timer(ms, callback) {
        if (ms < SECOND) queueMicrotask(() => (pass(ms), callback()));
        return () => {};
      },
    },
    forMs: 60 * SECOND,
  });
  expect(ran).toMatchObject([{ attempt: 1, waitedMs: 0 }]);
  expect(queue.size).toBe(0);
});

test.each([
  ["complete", { type: "complete" }],
  ["snooze", { type: "snooze", delayMs: SECOND }],
  ["dead", { type: "dead", failure }],
] as const)(
  "a %s whose acknowledgement fails stays in hand, and is not sent again when it is repeated",
  async (_, how) => {
    const { broker, arriving, failing, keys, queue } = world();
    await broker.enqueue([newJob()]);
    const { jobs } = await broker.receive(arriving());
    const [job] = jobs as [ClaimedJob]; // one was sent
    const next = how.type === "complete" ? { next: [newJob({ id: "next" })] } : {};
    failing.acks = 1;
    await expect(broker.settle([{ ...settlement(job, how), ...next }])).rejects.toThrow("the connection is lost");
    const sent = keys.length;
    expect(await broker.settle([{ ...settlement(job, how), ...next }])).not.toEqual(["repeated"]);
    expect(await broker.settle([{ ...settlement(job, how), ...next }])).toEqual(["repeated"]);
    expect(keys.length).toBe(sent);
    expect(queue.has("m1")).toBe(false);
  },
);

test("a job that ended is not handed back because its acknowledgement failed", async () => {
  const { broker, arriving, failing, queue } = world();
  await broker.enqueue([newJob()]);
  const delivery = await broker.receive(arriving());
  failing.acks = 1;
  await expect(broker.settle(delivery.jobs.map((job) => settlement(job, { type: "complete" })))).rejects.toThrow(
    "the connection is lost",
  );
  await delivery.close();
  expect(queue.size).toBe(0);
});

test("a retry that is longer than its message can wait is a new message, which counts the attempt", async () => {
  const { broker, arriving, failing, queue, pass } = world();
  failing.retryMs = 10 * SECOND;
  await broker.enqueue([newJob()]);
  const { jobs } = await broker.receive(arriving());
  await broker.settle(jobs.map((job) => settlement(job, { type: "retry", delayMs: 11 * SECOND, failure })));
  expect([...queue.keys()]).toEqual(["m2"]);
  pass(11 * SECOND);
  const again = await broker.receive(arriving());
  expect(again.jobs).toMatchObject([{ attempt: 2 }]);
  // And so is what is handed back.
  await again.close();
  expect([...queue.keys()]).toEqual(["m3"]);
});

test("where messages cannot be sent with a delay they are hidden, and that costs no attempt", async () => {
  const { broker, arriving, pass, queue } = world({ hides: true });
  await broker.enqueue([newJob({ due: { inMs: 3 * HOP } })]);
  for (let i = 0; i < 3; i++) {
    expect((await broker.receive(arriving())).jobs).toEqual([]);
    pass(HOP);
  }
  const delivery = await broker.receive(arriving());
  expect(delivery.jobs).toMatchObject([{ attempt: 1, waitedMs: 0 }]);
  await broker.settle(delivery.jobs.map((job) => settlement(job, { type: "snooze", delayMs: SECOND, reason: "busy" })));
  expect((await broker.receive(arriving())).jobs).toEqual([]);
  pass(SECOND);
  expect((await broker.receive(arriving())).jobs).toMatchObject([{ attempt: 1, snoozed: { reason: "busy" } }]);
  expect(queue.size).toBe(1);
});

test("what follows a message has that message's id for its key, and a new job its own", async () => {
  const { broker, arriving, keys, dead } = world();
  await broker.enqueue([newJob()]);
  const snoozed = await broker.receive(arriving());
  await broker.settle(snoozed.jobs.map((job) => settlement(job, { type: "snooze", delayMs: 0 })));
  const last = await broker.receive(arriving());
  await broker.settle(last.jobs.map((job) => settlement(job, { type: "dead", failure })));
  await broker.carry([{ ...newJob(), token: 7, attempt: 1, stalled: false, ageMs: 0, waitedMs: 0 }]);
  expect(keys).toEqual(["job-1", "m1", "m2", "job-1:7"]);
  expect(dead.map((body) => readDeadLetter({ body }))).toMatchObject([{ id: "job-1", end: { attempts: 1 } }]);
});

test("a broker that cannot be reached fails each job of an enqueue by itself, and a settlement as a whole", async () => {
  const { broker, arriving, failing } = world();
  failing.posts = 1;
  expect(await broker.enqueue([newJob()])).toEqual([{ status: "failed", message: "Error: the broker is away" }]);
  await broker.enqueue([newJob()]);
  const { jobs } = await broker.receive(arriving());
  failing.posts = 1;
  const dead = jobs.map((job) => settlement(job, { type: "dead", failure }));
  await expect(broker.settle(dead)).rejects.toMatchObject({ code: "enqueue_failed" });
  expect(await broker.settle(dead)).toEqual(["accepted"]);
});
