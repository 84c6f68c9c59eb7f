import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Counters, type Problems, type Row, audit } from "../kills/audit.ts";
import { type End, LEASE_MS, TICK_MS, childOf, tickId } from "../kills/jobs.ts";
import type { Entry, Note } from "../kills/note.ts";
import { isLater, promisedIds } from "../kills/promises.ts";
import { recoveries, restarts, spreadOf } from "../kills/recovery.ts";
import { applied } from "../kills/sabotage.ts";
import { STORES, sabotages } from "../kills/sabotages.ts";

const asked = (id: string, end: End = "completed"): Note => ({ type: "attempted", id, end });
const acknowledged = (id: string): Note => ({ type: "acknowledged", id });
const accepted = (id: string): Note => ({ type: "accepted", id });
const ran = (id: string, attempt = 1, token = attempt, more: Partial<Note & { type: "executed" }> = {}): Note => {
  return { type: "executed", id, attempt, token, by: "object", fails: false, ...more };
};
const completed = (id: string, attempt = 1, token = attempt): Row => {
  return { id, state: "completed", attempt, result: { token, attempt } };
};
const rowOf = (id: string, state: Row["state"], attempt = 1): Row => ({ id, state, attempt, result: undefined });
/** A ledger whose clock moves on by one at each note. */
const ledger = (...notes: readonly Note[]): Entry[] => notes.map((note, at) => ({ ...note, at }));

/** What is not 0. */
function counted(notes: readonly Note[], rows: readonly Row[]): Partial<Counters> {
  return Object.fromEntries(Object.entries(audit(ledger(...notes), rows).counters).filter(([, count]) => count > 0));
}
/** What is not empty. */
function wrong(notes: readonly Note[], rows: readonly Row[]): Partial<Problems> {
  return Object.fromEntries(Object.entries(audit(ledger(...notes), rows).problems).filter(([, ids]) => ids.length > 0));
}

describe("the counters of the kill loop", () => {
  it("find nothing wrong with a job that ran once and is completed", () => {
    const notes = [asked("a"), acknowledged("a"), ran("a"), accepted("a")];
    expect(counted(notes, [completed("a")])).toEqual({ attempted: 1, acknowledged: 1, executed: 1, completed: 1 });
    expect(wrong(notes, [completed("a")])).toEqual({});
  });

  it("find nothing wrong with a job of which no reply and no row ever came", () => {
    expect(counted([asked("a")], [])).toEqual({ attempted: 1 });
    expect(wrong([asked("a")], [])).toEqual({});
  });

  it("count an acknowledged job as lost that never ran and is no dead letter", () => {
    const notes = [asked("a"), acknowledged("a")];
    expect(counted(notes, [])).toEqual({ attempted: 1, acknowledged: 1, lost: 1 });
    expect(wrong(notes, [])).toEqual({ lost: ["a"], missing: ["a"] });
    expect(wrong(notes, [completed("a")])).toMatchObject({ lost: ["a"] });
  });

  it("count a dead letter that never ran as found", () => {
    const notes = [asked("a", "dead"), acknowledged("a")];
    expect(counted(notes, [rowOf("a", "dead")])).toEqual({ attempted: 1, acknowledged: 1, dead: 1 });
    expect(wrong(notes, [rowOf("a", "dead")])).toEqual({});
  });

  it("count an execution as unexpected that nobody asked for", () => {
    expect(counted([ran("a")], [completed("a")])).toEqual({ unexpected: 1, executed: 1, completed: 1 });
    expect(wrong([ran("a")], [completed("a")])).toEqual({ unexpected: ["a"], stray: ["a"] });
  });

  it("count as duplicated each execution beyond the first, but none that failed as it should", () => {
    const twice = [asked("a"), ran("a", 1), ran("a", 2), ran("a", 3)];
    expect(counted(twice, [completed("a", 3)])).toMatchObject({ duplicated: 2, executed: 3 });
    const retried = [asked("a"), ran("a", 1, 1, { fails: true }), ran("a", 2)];
    expect(counted(retried, [completed("a", 2)])).not.toHaveProperty("duplicated");
  });

  it("count a job as recovered that was never acknowledged and ran all the same", () => {
    const notes = [asked("a"), ran("a"), asked("b"), acknowledged("b"), ran("b")];
    expect(counted(notes, [completed("a"), completed("b")])).toMatchObject({ attempted: 2, recovered: 1 });
  });

  it("name a row that has not come to an end", () => {
    const notes = [asked("a"), acknowledged("a"), ran("a")];
    expect(wrong(notes, [rowOf("a", "stalled")])).toEqual({ unfinished: ["a"] });
  });

  it("name a row that ended otherwise than it should", () => {
    expect(wrong([asked("a"), ran("a")], [rowOf("a", "dead")])).toEqual({ wrongEnd: ["a"] });
    expect(wrong([asked("a", "dead"), ran("a")], [completed("a")])).toEqual({ wrongEnd: ["a"] });
  });

  it("name a job that ran and of which the store knows nothing", () => {
    expect(wrong([asked("a"), ran("a")], [])).toEqual({ missing: ["a"] });
  });

  it("name a row for which nobody asked", () => {
    expect(wrong([], [rowOf("a", "dead")])).toEqual({ stray: ["a"] });
  });

  it("name a job that is completed with the result of a run that somebody had taken over", () => {
    const notes = [asked("a"), ran("a", 1, 7), ran("a", 2, 9)];
    expect(wrong(notes, [completed("a", 2, 9)])).toEqual({});
    expect(wrong(notes, [completed("a", 1, 7)])).toEqual({ stale: ["a"] });
  });

  it("name a job that is completed with a result of nobody, or under another attempt than its run's", () => {
    const notes = [asked("a"), ran("a", 1, 7)];
    expect(wrong(notes, [completed("a", 1, 8)])).toEqual({ stale: ["a"] });
    expect(wrong(notes, [{ ...completed("a", 1, 7), attempt: 2 }])).toEqual({ stale: ["a"] });
    expect(wrong(notes, [rowOf("a", "completed")])).toEqual({ stale: ["a"] });
  });

  it("name a job whose end was accepted of two runs", () => {
    const notes = [asked("a"), ran("a", 1), ran("a", 2), accepted("a"), accepted("a")];
    expect(wrong(notes, [completed("a", 2)])).toEqual({ acceptedTwice: ["a"] });
  });
});

describe("two claims of one job", () => {
  const claimed = (attempt: number, ageMs: number, more: Partial<Note & { type: "executed" }> = {}): Note =>
    ran("a", attempt, attempt, { ageMs, ...more });
  it("are wrong while the lease of the first holds, by the store's clock", () => {
    const first = [asked("a"), claimed(1, 5)];
    expect(wrong([...first, claimed(2, 4 + LEASE_MS)], [completed("a", 2)])).toEqual({ leasedTwice: ["a"] });
    expect(wrong([...first, claimed(2, 5 + LEASE_MS)], [completed("a", 2)])).toEqual({});
  });

  it("are not wrong after a failure, and not looked at where a claim could not be seen", () => {
    const failed = [asked("a"), claimed(1, 5, { fails: true })];
    expect(wrong([...failed, claimed(2, 60)], [completed("a", 2)])).toEqual({});
    expect(wrong([asked("a"), claimed(1, 5), ran("a", 2)], [completed("a", 2)])).toEqual({});
  });
});

describe("a job of which nothing is kept", () => {
  it("is missed by nobody once it ran", () => {
    expect(wrong([asked("a", "gone"), acknowledged("a"), ran("a")], [])).toEqual({});
  });

  it("is lost where it never ran, and ended wrongly where its row is still there", () => {
    expect(wrong([asked("a", "gone"), acknowledged("a")], [])).toEqual({ lost: ["a"] });
    expect(wrong([asked("a", "gone"), ran("a")], [completed("a")])).toEqual({ wrongEnd: ["a"] });
  });
});

describe("what is promised without a producer", () => {
  const noon = Date.parse("2026-11-02T12:00:00Z");
  it("is every occurrence from the first that was heard of to the quiet, and none after it", () => {
    const heard = ledger(ran(tickId(noon + TICK_MS)), ran(tickId(noon)), ran(tickId(noon + 9 * TICK_MS)));
    const { occurrences } = promisedIds(heard, [], noon + 2.5 * TICK_MS);
    expect(occurrences).toEqual([tickId(noon), tickId(noon + TICK_MS), tickId(noon + 2 * TICK_MS)]);
    expect(isLater(tickId(noon + 3 * TICK_MS), noon + 2.5 * TICK_MS)).toBe(true);
    expect(isLater(tickId(noon), noon)).toBe(false);
    expect(isLater("plain-1", 0)).toBe(false);
  });

  it("is a child for each parent that completed, and for no other job", () => {
    const rows = [
      completed("parent-5"),
      rowOf("parent-15", "active"),
      completed("plain-1"),
      completed("parent-5.child"),
    ];
    expect(promisedIds([], rows, 0).children).toEqual([childOf("parent-5")]);
  });

  it("is no occurrence where none was heard of", () => {
    expect(promisedIds([], [], noon).occurrences).toEqual([]);
  });
});

describe("the recovery of what a kill interrupted", () => {
  const killed: Note = { type: "killed", target: "object", name: "object", signal: "SIGKILL" };
  const restarted: Note = { type: "restarted", target: "object" };
  it("lasts from the first kill after a run until the next run of the job", () => {
    expect(recoveries(ledger(ran("a", 1), killed, restarted, killed, ran("a", 2)))).toEqual([3]);
  });

  it("is not what runs again without a kill, failed as it should, was held outside, or never ran again", () => {
    expect(recoveries(ledger(ran("a", 1), ran("a", 2), killed))).toEqual([]);
    expect(recoveries(ledger(killed, ran("a", 1), ran("a", 2)))).toEqual([]);
    expect(recoveries(ledger(ran("a", 1, 1, { fails: true }), killed, ran("a", 2)))).toEqual([]);
    expect(recoveries(ledger(ran("a", 1, 1, { by: "straggler" }), killed, ran("a", 2)))).toEqual([]);
    expect(recoveries(ledger(ran("a", 1), killed, ran("b", 1)))).toEqual([]);
    expect(recoveries(ledger(ran("a", 1, 1, { by: "process 2" }), killed, ran("a", 2)))).toEqual([]);
  });

  it("is told with the time that each restart took", () => {
    expect(restarts(ledger(killed, restarted, ran("a"), killed, ran("b"), restarted), "object")).toEqual([1, 2]);
    expect(restarts(ledger(killed, { type: "restarted", target: "process" }), "object")).toEqual([]);
  });

  it("is told as a median, a ninety-fifth percentile and a maximum", () => {
    const times = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(spreadOf(times)).toEqual({ p50: 50, p95: 95, max: 100, count: 100 });
    expect(spreadOf([])).toEqual({ p50: 0, p95: 0, max: 0, count: 0 });
  });
});

describe("the sabotages of the kill loop", () => {
  const packages = new URL("../../packages/", import.meta.url);
  const patches = STORES.flatMap((store) =>
    Object.entries(sabotages[store]).flatMap(([name, one]) => one.patches.map((patch) => ({ store, name, patch }))),
  );
  it.each(patches)("$name of $store still applies to the product", ({ patch }) => {
    const text = readFileSync(new URL(patch.file, packages), "utf8");
    expect(applied(patch, text)).not.toBe(text);
  });

  it("fail where their text is gone, or stands twice", () => {
    const sabotage = { file: "a.js", find: "x", put: "y" };
    expect(() => applied(sabotage, "abc")).toThrow("0 times in a.js");
    expect(() => applied(sabotage, "x x")).toThrow("2 times in a.js");
  });
});
