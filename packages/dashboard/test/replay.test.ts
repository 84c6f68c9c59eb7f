import { createQueue } from "@longshore/core";
import { describe, expect, test } from "vitest";
import type { DeadView, Replayed, Session } from "../src/api.ts";
import { dashboard } from "../src/index.ts";
import { askerOf } from "./asking.ts";
import { openShop } from "./setting.ts";

async function open() {
  const { adapter, queue, clock } = await openShop();
  const lines: Readonly<Record<string, unknown>>[] = [];
  const tell = (line: Readonly<Record<string, unknown>>): void => void lines.push(line);
  const handler = dashboard(adapter, {
    authorize: () => ({ name: "operator", actions: true }),
    log: { debug: tell, info: tell, warn: tell, error: tell },
    platform: { now: clock.now, id: () => "" },
  });
  return { queue, lines, ...askerOf(handler) };
}

describe("dead letters", () => {
  test("are grouped by error, the largest group first, with one of each to look at", async () => {
    const { json } = await open();
    const { groups, read, more } = await json<DeadView>("api/dead");
    expect(groups).toMatchObject([
      { queue: "images", name: "resize-image", error: "not a JPEG: marker missing", count: 3 },
      { error: "out of memory at huge.jpg", count: 1, example: { id: "huge:1" } },
    ]);
    expect([read, more]).toEqual([4, false]);
  });

  test("a dry run counts a group and changes nothing; a replay replays that group alone", async () => {
    const { queue, post, lines } = await open();
    const replay = async (body: object): Promise<Replayed> =>
      (await (await post("api/replay", body)).json()) as Replayed;
    const group = { queue: "images", name: "resize-image", error: "not a JPEG: marker missing" };
    expect(await replay({ ...group, dryRun: true })).toEqual({ matched: 3, done: 0, refused: 0 });
    expect(await queue.get("corrupt:1")).toMatchObject({ state: "dead" });
    expect(await replay(group)).toEqual({ matched: 3, done: 3, refused: 0 });
    expect(await queue.get("corrupt:1")).toMatchObject({ state: "enqueued" });
    expect(await queue.get("huge:1")).toMatchObject({ state: "dead" });
    expect(lines.filter(({ action }) => action === "replay")).toMatchObject([
      { viewer: "operator", ...group, dryRun: true, matched: 3, done: 0 },
      { viewer: "operator", ...group, dryRun: false, matched: 3, done: 3 },
    ]);
  });

  test("all are replayed slice by slice, each of them once", async () => {
    const { queue, post } = await open();
    let cursor: string | undefined;
    let done = 0;
    let slices = 0;
    do {
      const slice = (await (await post("api/replay", { all: true, limit: 1, cursor })).json()) as Replayed;
      done += slice.done;
      slices++;
      ({ cursor } = slice);
    } while (cursor !== undefined);
    expect(done).toBe(4);
    expect(slices).toBeGreaterThanOrEqual(4);
    expect((await queue.list({ state: "dead" })).jobs).toEqual([]);
  });

  test.each([
    {},
    { dryRun: false },
    { all: false },
    { all: true, queue: "images" },
    { all: true, limit: 0 },
    { all: true, limit: 501 },
    { error: 1 },
    { all: true, dryRun: "yes" },
    { all: true, state: "completed" },
    { all: true, cursor: "<b>" },
  ])("a replay of %o is refused, and changes nothing", async (body) => {
    const { queue, post } = await open();
    expect((await post("api/replay", body)).status).toBe(422);
    expect((await queue.list({ state: "dead" })).jobs).toHaveLength(4);
  });
});

test("a store that can only be looked at has no verbs, and refuses them", async () => {
  const { adapter } = await openShop();
  const { cancel: _1, replay: _2, runNow: _3, remove: _4, pause: _5, resume: _6, ...viewed } = adapter;
  const authorize = () => ({ name: "a", actions: true });
  const { json, post } = askerOf(dashboard(viewed, { authorize, log: { ...console, warn() {} } }));
  expect((await json<Session>("api/session")).can).toMatchObject({ inspect: true, control: false });
  expect((await post("api/act", { verb: "cancel", jobs: [{ id: "huge:1" }] })).status).toBe(400);
  expect((await post("api/replay", { all: true })).status).toBe(400);
  expect(await createQueue(adapter).get("huge:1")).toMatchObject({ state: "dead" });
});
