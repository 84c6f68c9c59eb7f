import {
  type HistoryOptions,
  type RecordedCall,
  type RecordedVerb,
  checkHistory,
  createRecorder,
} from "../src/index.ts";
import { newJob } from "@longshore/conformance/tools";
import type { AdvanceAnswer, NewJob, SettleAnswer } from "@longshore/core/adapter";
import { describe, expect, test } from "vitest";

/** A history of calls one after the other; `undefined` instead of an answer is a lost reply. */
async function history(...calls: readonly Said[]): Promise<readonly RecordedCall[]> {
  const recorder = createRecorder();
  for (const { verb, input, answer } of calls) {
    const answered = answer === undefined ? Promise.reject(new Error("the reply was lost")) : Promise.resolve(answer);
    await recorder.observe(verb, input, () => answered, "ann").catch(() => {});
  }
  return recorder.calls;
}
type Said = { readonly verb: RecordedVerb; readonly input: readonly unknown[]; readonly answer: unknown };

const said = (verb: RecordedVerb, answer: unknown, ...input: readonly unknown[]): Said => ({ verb, input, answer });
const created = [{ status: "created" }];
const done = [{ status: "done" }];
const claimed = { id: "a", token: 7, attempt: 1, stalled: false };
const enqueuing = (parts: Partial<NewJob> = {}, answer: unknown = created) =>
  said("enqueue", answer, [newJob("a", parts)]);
const claiming = (...jobs: readonly object[]) =>
  said("claim", jobs, { queues: [{ name: "default", limit: 1 }], leaseMs: 30_000 });
const lostClaim = { ...claiming(), answer: undefined };
const settling = (token: number, answer: unknown, parts: object = {}) =>
  said("settle", answer && [answer], [{ id: "a", token, outcome: { type: "complete" }, ...parts }]);
const seen = (state: string | undefined, attempt = 0) => said("get", [state && { state, attempt }], [{ id: "a" }]);

describe("the specification of one job", () => {
  const lives = async (calls: readonly Said[], options?: HistoryOptions): Promise<boolean> =>
    checkHistory(await history(...calls), options) === undefined;

  test("allows either effect of a call whose reply was lost", async () => {
    expect(await lives([enqueuing(), seen("active", 1)])).toBe(false);
    expect(await lives([enqueuing(), lostClaim, seen("active", 1)])).toBe(true);
    expect(await lives([enqueuing(), lostClaim, claiming({ ...claimed, attempt: 2, stalled: true })])).toBe(true);
    expect(await lives([enqueuing(), lostClaim, claiming(claimed)])).toBe(true);
    expect(await lives([enqueuing(), claiming(claimed), settling(7, undefined), seen("completed", 1)])).toBe(true);
    expect(await lives([enqueuing(), claiming(claimed), settling(7, undefined), settling(7, "repeated")])).toBe(true);
    expect(await lives([enqueuing(), claiming(claimed), settling(7, "repeated")])).toBe(false);
    expect(await lives([enqueuing({}, undefined), enqueuing({}, [{ status: "duplicate", state: "enqueued" }])])).toBe(
      true,
    );
    expect(await lives([enqueuing({}, undefined), enqueuing(), enqueuing()])).toBe(false);
  });

  test("allows a settlement with a token whose claim got no reply", async () => {
    expect(await lives([enqueuing(), lostClaim, settling(3, "accepted")])).toBe(true);
    expect(await lives([enqueuing(), claiming(claimed), lostClaim, settling(3, "accepted")])).toBe(false);
    expect(await lives([enqueuing(), settling(3, "accepted")])).toBe(false);
  });

  test("requires tokens that grow, also after a removal", async () => {
    const again = [enqueuing(), claiming(claimed), settling(7, "accepted"), said("remove", done, [{ id: "a" }])];
    expect(await lives([...again, enqueuing(), claiming({ ...claimed, token: 8 })])).toBe(true);
    expect(await lives([...again, enqueuing(), claiming(claimed)])).toBe(false);
    expect(await lives([...again, enqueuing(), settling(7, "stale")])).toBe(true);
  });

  test("allows the enqueue of a follow-up or an occurrence only if its settlement or its cursor was accepted", async () => {
    const other = (answer: SettleAnswer | undefined) => settling(1, answer, { id: "b", next: [newJob("a")] });
    const made = { status: "accepted", next: [{ status: "created" }] } as const;
    const before = [said("enqueue", created, [newJob("b")]), claiming({ ...claimed, id: "b", token: 1 })];
    expect(await lives([...before, other(made), seen("enqueued")])).toBe(true);
    expect(await lives([...before, other(made), seen(undefined)])).toBe(false);
    expect(await lives([...before, other(undefined), seen(undefined)])).toBe(true);
    expect(await lives([...before, other(undefined), seen("enqueued")])).toBe(true);
    expect(await lives([...before, other(made), other("repeated"), seen("enqueued")])).toBe(true);
    const step = { name: "s", rule: "r", from: 1, to: 2, job: newJob("a") };
    const advancing = (answer: AdvanceAnswer) => said("advance", [answer], [step]);
    expect(await lives([advancing({ status: "moved", job: { status: "created" } }), seen("enqueued")])).toBe(true);
    expect(await lives([advancing({ status: "moved", job: { status: "created" } }), seen(undefined)])).toBe(false);
    expect(await lives([advancing({ status: "behind" }), seen("enqueued")])).toBe(false);
  });

  test("has no clock, but uses how much time has passed at most", async () => {
    const delayed = [enqueuing({ due: { inMs: 60_000 } }), seen("delayed"), seen("enqueued")];
    expect(await lives(delayed)).toBe(true);
    expect(await lives(delayed, { withinMs: 60_000 })).toBe(true);
    expect(await lives(delayed, { withinMs: 59_999 })).toBe(false);
    expect(await lives([...delayed, seen("delayed")])).toBe(false);
    const forgotten = [enqueuing({ keepMs: 5_000 }), claiming(claimed), settling(7, "accepted"), seen(undefined)];
    expect(await lives(forgotten)).toBe(true);
    expect(await lives(forgotten, { withinMs: 1_000 })).toBe(false);
  });

  test("allows a prune only of a dead job", async () => {
    const dead = { outcome: { type: "dead", failure: { message: "no" } } };
    const pruned = said("prune", [{ id: "a" }], 10);
    const buried = [enqueuing(), claiming(claimed), settling(7, "accepted", dead), seen("dead", 1)];
    expect(await lives([...buried, pruned, seen(undefined)])).toBe(true);
    expect(await lives([...buried, { ...pruned, answer: undefined }, seen(undefined)])).toBe(true);
    expect(await lives([...buried, seen(undefined)])).toBe(false);
    expect(await lives([enqueuing(), claiming(claimed), settling(7, "accepted"), pruned])).toBe(false);
  });

  test("explains a contradiction as a table", async () => {
    const calls = await history(
      enqueuing(),
      claiming(claimed),
      lostClaim,
      settling(7, "accepted"),
      seen("enqueued", 1),
    );
    expect(checkHistory(calls)?.message).toBe(
      [
        "no order of the calls on the job a explains their answers; the longest that does has 3:",
        "from  to  by   call                                    answer               order",
        '1     2   ann  enqueue due {"inMs":0} keepMs 86400000  created              1',
        "3     4   ann  claim token 7 leaseMs 30000             attempt 1            2",
        "5         ann  claim token ? leaseMs 30000             ?",
        "6     7   ann  settle token 7 type complete delayMs 0  accepted             3",
        "8     9   ann  get                                     enqueued, attempt 1",
      ].join("\n"),
    );
  });
});
