import type { ClaimedJob, NewJob } from "@longshore/core/adapter";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Grant, type Verb, serve } from "../src/index.ts";
import { VERBS } from "./everything.ts";

const QUEUES = ["mail", "video"];
const NAMES = ["send", "resize"];
const SECRET = "SECRET-OF-THE-PAYLOAD";
/** What no grant of the test lists: only `"all"` covers it. */
const OTHER = "other";
type Place = readonly [queue: string, name: string];

const newJob = (id: string, queue: string, name: string): NewJob => ({
  id,
  queue,
  name,
  payload: JSON.stringify(SECRET),
  headers: { v: "1" },
  priority: 5,
  due: { inMs: 0 },
  keepMs: 86_400_000,
});

/** Two jobs of each queue and name: one waits, one runs. */
async function stocked() {
  const adapter = memory({ clock: () => 1_000_000, stats: statistics() });
  const places = QUEUES.flatMap((queue) => NAMES.map((name): Place => [queue, name]));
  await adapter.enqueue(places.map(([queue, name]) => newJob(`runs-${queue}-${name}`, queue, name)));
  const held = await adapter.claim({ queues: QUEUES.map((name) => ({ name, limit: 2 })), leaseMs: 30_000 });
  await adapter.enqueue(places.map(([queue, name]) => newJob(`waits-${queue}-${name}`, queue, name)));
  const state = async (): Promise<string> =>
    JSON.stringify([
      await adapter.list({ limit: 1_000 }),
      await adapter.counts(),
      await adapter.dueInMs({ queues: QUEUES, schedules: [{ name: "daily", rule: "r" }] }),
      await adapter.workers(),
    ]);
  return { adapter, held, state };
}

/** A call, and the places that it is about. `[OTHER, OTHER]`: all that there is and will be. */
type Asked = { readonly verb: Verb; readonly input: readonly unknown[]; readonly about: readonly Place[] };

const somePlace = fc.tuple(fc.constantFrom(...QUEUES), fc.constantFrom(...NAMES));
const someIds = fc.array(fc.record({ place: somePlace, kind: fc.constantFrom("runs", "waits", "missing") }), {
  minLength: 1,
  maxLength: 4,
});
const refsOf = (jobs: readonly { readonly place: Place; readonly kind: string }[]) =>
  jobs.map(({ place: [queue, name], kind }) => ({ id: `${kind}-${queue}-${name}` }));
const placesOf = (jobs: readonly { readonly place: Place; readonly kind: string }[]) =>
  jobs.filter(({ kind }) => kind !== "missing").map(({ place }) => place);
const WHOLE: Place = [OTHER, OTHER];
const wholeQueue = (queue: string): Place => [queue, OTHER];
const someQueues = fc.uniqueArray(fc.constantFrom(...QUEUES), { minLength: 1 });
const schedule = { name: "daily", rule: "r" };
/** A unique key of some scope, and the jobs that may hold it. */
const someKey = fc.oneof(
  somePlace.map((place) => ({ key: keyOf(place), place })),
  fc.constantFrom(...QUEUES).map((queue) => ({ key: `q:${queue}:1`, place: wholeQueue(queue) })),
  fc.constantFrom("s:1", "k", "n:mail:1", "n:mail:send").map((key) => ({ key, place: WHOLE })),
);
function keyOf([queue, name]: Place): string {
  return `n:${queue}:${name}:1`;
}
/** Keys of limits, and jobs that each may hold up. */
const LINES: ReadonlyMap<string, Place> = new Map([
  ...QUEUES.flatMap((queue) => NAMES.map((name): [string, Place] => [keyOf([queue, name]), [queue, name]])),
  ...QUEUES.map((queue): [string, Place] => [`q:${queue}:1`, [queue, "resize"]]),
  ...["s:1", "k", "n:mail:1", "n:mail:send"].map((key): [string, Place] => [key, ["mail", "resize"]]),
]);
/** A job with at most two of what needs more than its own place. A unique key and parents exclude each other. */
const someJob = fc
  .record({
    place: somePlace,
    with: fc.subarray(["own", "unique", "line", "places", "parents"] as const, { maxLength: 2 }),
    inOrder: fc.boolean(),
    key: someKey,
    parents: someIds,
  })
  .map(({ place, with: has, inOrder, key, parents }) => ({
    place,
    own: has.includes("own"),
    unique: has.includes("unique") && !has.includes("parents") ? key : undefined,
    line: has.includes("line") ? { ...key, ...(inOrder && { ordered: true }) } : undefined,
    places: has.includes("places") ? 2 : undefined,
    parents: has.includes("parents") ? parents : undefined,
  }));
/** What a job with such a key is about besides itself: a key of other jobs than the likes of it may be held by any. */
function holdersOf([queue, name]: Place, { key, place }: { readonly key: string; readonly place: Place }): Place {
  return key === keyOf([queue, name]) || key === `q:${queue}:1` ? place : WHOLE;
}

/** Calls of each verb, as someone may send them with the held jobs' tokens, which are no secrets. */
function calls(held: readonly ClaimedJob[]): Record<Verb, fc.Arbitrary<Omit<Asked, "verb">>> {
  const leases = someIds.map((jobs) => ({
    leases: refsOf(jobs).map(({ id }) => ({ id, token: held.find((job) => job.id === id)?.token ?? 1 })),
    about: placesOf(jobs),
  }));
  const byIds = someIds.map((jobs) => ({ input: [refsOf(jobs)], about: placesOf(jobs) }));
  const ofQueue = fc.constantFrom(...QUEUES).map((queue) => ({ input: [queue], about: [wholeQueue(queue)] }));
  const whole = (...input: unknown[]) => fc.constant({ input, about: [WHOLE] });
  const about = (places: readonly Place[], ...input: unknown[]) => fc.constant({ input, about: places });
  return {
    enqueue: fc.array(someJob, { minLength: 1, maxLength: 3 }).map((jobs) => ({
      input: [
        jobs.map(({ place: [queue, name], own, unique, line, places, parents }, i) => ({
          ...newJob(`${own ? "$" : ""}new-${i}`, queue, name),
          startWithinMs: 60_000,
          unique: unique && { key: unique.key, on: "replace" },
          limits: { key: line?.key, running: 1, ordered: line?.ordered, queue: places },
          after: parents && { jobs: refsOf(parents), onFailed: "run" },
        })),
      ],
      about: jobs.flatMap(({ place, own, unique, line, places, parents }) => [
        place,
        ...(own ? [WHOLE] : []),
        ...[unique, line].flatMap((key) => (key === undefined ? [] : [holdersOf(place, key)])),
        ...(places === undefined ? [] : [wholeQueue(place[0])]),
        ...placesOf(parents ?? []),
      ]),
    })),
    release: fc.array(someKey, { minLength: 1, maxLength: 3 }).map((keys) => ({
      input: [keys.map(({ key }) => ({ key }))],
      about: keys.map(({ place }) => place),
    })),
    // Follow-ups are tested below: they need another verb.
    settle: leases.map(({ leases, about }) => ({
      input: [leases.map((lease) => ({ ...lease, outcome: { type: "complete" } }))],
      about,
    })),
    claim: someQueues.map((names) => ({
      input: [{ queues: names.map((name) => ({ name, limit: 1 })), leaseMs: 30_000 }],
      about: names.map(wholeQueue),
    })),
    renew: leases.map(({ leases, about }) => ({ input: [leases, 60_000], about })),
    dueInMs: fc.tuple(someQueues, fc.boolean()).map(([queues, scheduled]) => ({
      input: [{ queues, schedules: scheduled ? [schedule] : [] }],
      about: [...queues.map(wholeQueue), ...(scheduled ? [WHOLE] : [])],
    })),
    get: byIds,
    list: fc.option(fc.constantFrom(...QUEUES), { nil: undefined }).map((queue) => ({
      input: [{ queue, limit: 100 }],
      about: [queue === undefined ? WHOLE : wholeQueue(queue)],
    })),
    counts: about([]),
    cancel: byIds,
    replay: byIds,
    runNow: byIds,
    remove: byIds,
    update: someIds.map((jobs) => ({
      input: [refsOf(jobs).map((ref) => ({ ...ref, name: "work", priority: 1 }))],
      about: placesOf(jobs),
    })),
    pause: ofQueue,
    pauseFor: fc.constantFrom(...QUEUES).map((queue) => ({ input: [queue, 1_000], about: [wholeQueue(queue)] })),
    resume: ofQueue,
    depth: ofQueue,
    prune: whole(100),
    declare: whole([schedule]),
    advance: whole([{ ...schedule, from: 0, to: 1, nextAt: 2 }]),
    listSchedules: whole({ limit: 1 }),
    stats: about([], "hour"),
    announce: about([], { id: "w", slots: 1, busy: 0 }, 1_000),
    workers: about([]),
    onWake: about([]),
  };
}

const someGrants = fc.array(
  fc.record({
    verbs: fc.oneof(fc.constant(VERBS), fc.subarray([...VERBS])),
    queues: fc.oneof(fc.constant("all" as const), fc.subarray(QUEUES)),
    names: fc.oneof(fc.constant("all" as const), fc.subarray(NAMES)),
    payloads: fc.boolean(),
  }),
  { maxLength: 3 },
);

/** The rule again, in other words than the code's. */
function allows(grants: readonly Grant[], { verb, about }: Asked): boolean {
  const having = grants.filter(({ verbs }) => verbs.includes(verb));
  const within = ({ queues, names }: Grant, [queue, name]: Place): boolean =>
    (queues === "all" || queues.includes(queue)) && (names === "all" || names.includes(name));
  const readable = verb === "claim" ? having.filter(({ payloads }) => payloads) : having;
  return having.length > 0 && about.every((place) => readable.some((grant) => within(grant, place)));
}

const send = (handler: (request: Request) => Promise<Response>, { verb, input }: Pick<Asked, "verb" | "input">) =>
  handler(
    new Request(`http://host/jobs/${verb}`, {
      method: verb === "onWake" ? "GET" : "POST",
      headers: { "content-type": "application/json" },
      ...(verb !== "onWake" && { body: JSON.stringify(input) }),
    }),
  );

test.each(VERBS)("%s is refused where the grants do not cover it, and then changes nothing", async (verb) => {
  const { held } = await stocked(); // the tokens are the same in each
  const property = fc.asyncProperty(someGrants, calls(held)[verb], async (grants, call) => {
    const asked: Asked = { verb, ...call };
    const { adapter, state } = await stocked();
    const before = await state();
    const response = await send(serve(adapter, { authorize: () => grants }), asked);
    expect(response.status).toBe(allows(grants, asked) ? 200 : 403);
    if (verb === "onWake") return void (await response.body?.cancel());
    const text = await response.text();
    if (response.status === 200) return;
    expect(JSON.parse(text).error.code).toBe("forbidden");
    expect(text).not.toContain(SECRET);
    expect(await state()).toBe(before);
  });
  // Of what may be wrong with a job, at least one is wrong with most.
  await fc.assert(property, { numRuns: verb === "enqueue" ? 1_000 : 150 });
});

test("a unique key changes and tells of no job that the grants do not cover", async () => {
  const { held } = await stocked();
  const property = fc.asyncProperty(someGrants, calls(held).enqueue, async (grants, call) => {
    const asked: Asked = { verb: "enqueue", ...call };
    const { adapter } = await stocked();
    const keys = [...QUEUES.map((queue) => `q:${queue}:1`), "s:1", "k", "n:mail:1", "n:mail:send"];
    const holders = QUEUES.flatMap((queue) =>
      NAMES.map((name) => ({ ...newJob(`holds-${queue}-${name}`, queue, name), key: keyOf([queue, name]) })),
    );
    const wide = keys.map((key) => {
      const [queue = "mail"] = QUEUES.filter((one) => key.startsWith(`q:${one}`));
      return { ...newJob(`holds ${key}`, queue, "resize"), key };
    });
    await adapter.enqueue([...holders, ...wide].map(({ key, ...job }) => ({ ...job, unique: { key, on: "replace" } })));
    const rows = async () => new Map((await adapter.list({ limit: 1_000 })).jobs.map((row) => [row.id, row]));
    const before = await rows();
    const response = await send(serve(adapter, { authorize: () => grants }), asked);
    const text = await response.text();
    const after = await rows();
    for (const [id, row] of before) {
      if (allows(grants, { ...asked, about: [[row.queue, row.name]] })) continue;
      expect(after.get(id)).toEqual(row);
      expect(text).not.toContain(`"${id}"`);
    }
  });
  await fc.assert(property, { numRuns: 500 });
});

test("what a caller enqueues holds up no job that the grants do not cover", async () => {
  const { held } = await stocked();
  const property = fc.asyncProperty(someGrants, calls(held).enqueue, async (grants, call) => {
    const asked: Asked = { verb: "enqueue", ...call };
    const begun = async (enqueue: boolean): Promise<readonly string[]> => {
      const { adapter } = await stocked();
      if (enqueue) await send(serve(adapter, { authorize: () => grants }), asked);
      const lines = [...LINES].flatMap(([key, [queue, name]]) => [
        { ...newJob(`first ${key}`, queue, name), limits: { key, running: 1 } },
        { ...newJob(`second ${key}`, queue, name), limits: { key, running: 1 } },
      ]);
      await adapter.enqueue(lines);
      const jobs: ClaimedJob[] = [];
      for (const name of QUEUES) jobs.push(...(await adapter.claim({ queues: [{ name, limit: 99 }], leaseMs: 1_000 })));
      return jobs
        .filter(({ queue, name }) => !allows(grants, { ...asked, about: [[queue, name]] }))
        .map(({ id }) => id)
        .toSorted();
    };
    expect(await begun(true)).toEqual(await begun(false));
  });
  await fc.assert(property, { numRuns: 500 });
});

test("what is shown is covered: rows, payloads, counts and figures", async () => {
  const { held } = await stocked();
  const views = ["get", "list", "counts", "stats"] as const;
  const view = fc.constantFrom(...views).chain((verb) => calls(held)[verb].map((call): Asked => ({ verb, ...call })));
  const property = fc.asyncProperty(someGrants, view, async (grants, asked) => {
    const { adapter } = await stocked();
    const response = await send(serve(adapter, { authorize: () => grants }), asked);
    if (response.status !== 200) return;
    const { value } = (await response.json()) as { value: never };
    const may = (place: Place, reads = false): boolean =>
      allows(reads ? grants.filter(({ payloads }) => payloads) : grants, { ...asked, about: [place] });
    for (const row of rowsOf(asked.verb, value)) {
      const place: Place = [row.queue, row.name ?? OTHER];
      expect(may(place)).toBe(true);
      const shown = may(place, true) ? JSON.stringify(SECRET) : '"[redacted]"';
      expect([undefined, shown]).toContain(row.payload);
    }
  });
  await fc.assert(property, { numRuns: 500 });
});

type Shown = { readonly queue: string; readonly name?: string; readonly payload?: string };
function rowsOf(verb: Verb, value: never): readonly Shown[] {
  if (verb === "get") return (value as (Shown | null)[]).flatMap((row) => row ?? []);
  if (verb === "list") return (value as { jobs: Shown[] }).jobs;
  if (verb === "counts") return value;
  return (value as { queues: Shown[]; oldest: Shown[]; names: { name: string }[] }[]).flatMap(
    ({ queues, oldest, names }) => [...queues, ...oldest, ...names.map(({ name }) => ({ queue: OTHER, name }))],
  );
}

test("results, stacks, figures of names and parts of a window are shown to who may see them, and to nobody else", async () => {
  const { adapter, held } = await stocked();
  const failure = { message: "boom", stack: SECRET };
  await adapter.settle(
    held.map(({ id, token, name }) => ({
      id,
      token,
      outcome:
        name === "send"
          ? { type: "complete", result: JSON.stringify(SECRET) }
          : { type: "retry", delayMs: 1_000, failure },
    })),
  );
  const asked = async (grant: Omit<Grant, "verbs">, verb: Verb, ...input: readonly unknown[]) => {
    const handler = serve(adapter, { authorize: () => [{ ...grant, verbs: [verb] }] });
    return ((await (await send(handler, { verb, input })).json()) as { value: never }).value;
  };
  const ids = [{ id: "runs-mail-send" }, { id: "runs-mail-resize" }];
  const secretKey = `s:"${SECRET}"`;
  await adapter.enqueue([{ ...newJob("keyed", "mail", "send"), unique: { key: secretKey, on: "keep" } }]);
  const mail = { queues: ["mail"], names: "all" } as const;
  for (const payloads of [false, true]) {
    const [result, stack] = payloads ? [JSON.stringify(SECRET), SECRET] : ['"[redacted]"', undefined];
    expect(await asked({ ...mail, payloads }, "get", ids)).toMatchObject([
      { result },
      { failures: [{ message: "boom" }] },
    ]);
    const shownKey = payloads ? secretKey : '"[redacted]"';
    expect(await asked({ ...mail, payloads }, "get", [{ id: "keyed" }])).toMatchObject([{ uniqueKey: shownKey }]);
    const page: { readonly jobs: readonly { readonly failures: readonly { readonly stack?: string }[] }[] } =
      await asked({ ...mail, payloads }, "list", { queue: "mail", limit: 9 });
    expect(page.jobs.flatMap(({ failures }) => failures.map((one) => one.stack))).toEqual([stack]);
    expect(JSON.stringify(page).includes(SECRET)).toBe(payloads);
  }
  const names = async (grant: Omit<Grant, "verbs">): Promise<readonly string[]> => {
    const told: readonly { readonly names: readonly { readonly name: string }[] }[] = await asked(
      grant,
      "stats",
      "hour",
    );
    return told.flatMap((one) => one.names.map(({ name }) => name)).toSorted();
  };
  // They are those of all queues.
  expect(await names({ queues: "all", names: "all" })).toEqual(["resize", "send"]);
  expect(await names({ queues: "all", names: ["send"] })).toEqual(["send"]);
  expect(await names(mail)).toEqual([]);
  const parts = async (grant: Omit<Grant, "verbs">): Promise<readonly (number | undefined)[]> => {
    const told: readonly { readonly series?: readonly object[] }[] = await asked(grant, "stats", "hour");
    return told.map(({ series }) => series?.length);
  };
  // They are over all queues and names.
  expect(await parts({ queues: "all", names: "all" })).toEqual([12]);
  expect(await parts({ queues: "all", names: ["send"] })).toEqual([undefined]);
  expect(await parts(mail)).toEqual([undefined]);
});

const worker: Grant = { verbs: ["claim", "settle"], queues: ["mail"], names: "all", payloads: true };

test("a settlement's follow-up needs a grant to enqueue it", async () => {
  const { adapter, held, state } = await stocked();
  const before = await state();
  const mine = held.find(({ queue }) => queue === "mail");
  const settlement = { id: mine?.id, token: mine?.token, outcome: { type: "complete" } };
  const follow = (queue: string) => ({
    verb: "settle" as const,
    input: [[{ ...settlement, next: [{ ...newJob("next", queue, "send"), partition: mine?.id }] }]],
  });
  expect((await send(serve(adapter, { authorize: () => [worker] }), follow("mail"))).status).toBe(403);
  const enqueues: Grant = { verbs: ["enqueue"], queues: ["mail"], names: ["send"] };
  const handler = serve(adapter, { authorize: () => [worker, enqueues] });
  expect((await send(handler, follow("video"))).status).toBe(403);
  expect(await state()).toBe(before);
  expect((await send(handler, follow("mail"))).status).toBe(200);
});

test("a job that appears under an id after it was looked up is not touched", async () => {
  const { adapter } = await stocked();
  const late = {
    ...adapter,
    async get(refs: readonly { readonly id: string }[]) {
      const rows = await adapter.get(refs);
      await adapter.enqueue([newJob("late", "video", "send")]);
      return rows;
    },
  };
  const operator: Grant = { verbs: ["cancel"], queues: ["mail"], names: "all" };
  const call = { verb: "cancel" as const, input: [[{ id: "late" }]] };
  const response = await send(serve(late, { authorize: () => [operator] }), call);
  expect(await response.json()).toEqual({ value: [{ status: "gone" }] });
  expect((await adapter.get([{ id: "late" }]))[0]?.state).toBe("enqueued");
});

const senders: Grant = { verbs: ["enqueue"], queues: ["mail"], names: ["send"] };
const childOf = (...parents: readonly string[]) => ({
  ...newJob("child", "mail", "send"),
  after: { jobs: parents.map((id) => ({ id })), onFailed: "run" },
});

test("a job that takes the id of another for its parent does not come after that one", async () => {
  const { adapter, state } = await stocked();
  const before = await state();
  const id = "waits-video-send";
  const call = { verb: "enqueue" as const, input: [[newJob(id, "mail", "send"), childOf(id)]] };
  expect((await send(serve(adapter, { authorize: () => [senders] }), call)).status).toBe(403);
  expect(await state()).toBe(before);
});

test.each(["enqueue", "settle"] as const)(
  "a job that appears under the id of a parent after it was looked up, in %s, is no parent",
  async (verb) => {
    const { adapter, held } = await stocked();
    const late = {
      ...adapter,
      async get(refs: readonly { readonly id: string }[]) {
        const rows = await adapter.get(refs);
        await adapter.enqueue([newJob("late", "video", "send")]);
        return rows;
      },
    };
    const mine = held.find(({ queue }) => queue === "mail");
    const settlement = { id: mine?.id, token: mine?.token, outcome: { type: "complete" }, next: [childOf("late")] };
    const call = { verb, input: [verb === "enqueue" ? [childOf("late")] : [settlement]] };
    const response = await send(serve(late, { authorize: () => [worker, senders] }), call);
    const failed = { status: "failed", message: "no job late stands that child could come after" };
    expect(await response.json()).toEqual({
      value: [verb === "enqueue" ? failed : { status: "accepted", next: [failed] }],
    });
    expect((await adapter.get([{ id: "child" }]))[0]).toBeUndefined();
  },
);

test("more parents than one job may have are not looked up", async () => {
  const { adapter } = await stocked();
  const many = (from: number) => Array.from({ length: 6_000 }, (_, i) => `parent-${from + i}`);
  const jobs = [childOf(...many(0)), { ...childOf(...many(6_000)), id: "other" }];
  const reads: unknown[] = [];
  const watched = { ...adapter, get: async (refs: never) => (reads.push(refs), adapter.get(refs)) };
  const response = await send(serve(watched, { authorize: () => [senders] }), { verb: "enqueue", input: [jobs] });
  expect([response.status, reads]).toEqual([413, []]);
});

test("what a grant leaves out or has in another form gives nothing", async () => {
  const { adapter } = await stocked();
  const get = { verb: "get" as const, input: [[{ id: "waits-mail-send" }]] };
  const full = { verbs: ["get"], queues: ["mail"], names: ["send"] };
  const status = async (grant: object): Promise<number> =>
    (await send(serve(adapter, { authorize: () => [grant as Grant] }), get)).status;
  expect(await status(full)).toBe(200);
  for (const key of Object.keys(full)) {
    for (const value of [undefined, null, true, {}, "get mail send", [], ["*"], Infinity]) {
      expect([key, value, await status({ ...full, [key]: value })]).toEqual([key, value, 403]);
    }
  }
});
