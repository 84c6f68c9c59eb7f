import { type Make, checkAgainstModel } from "@longshore/conformance";
import { AFTER, type SettleAnswer, type Settlement } from "@longshore/core/adapter";
import { afterAll, describe, expect, test } from "vitest";
import { type Redis, redis } from "../src/index.ts";
import { ioredis, isMissing, openIoredis } from "./subject.ts";

const client = openIoredis();
afterAll(() => client.disconnect());

let pages = 0;
/** Scripts that tell one child of what became of its parent, and leave the rest to the next. */
const send = async ([name, ...args]: readonly string[]): Promise<unknown> => {
  if (name === "EVALSHA") throw new Error("NOSCRIPT they are sent as texts");
  const [lua = "", ...rest] = args;
  return ioredis(client).send([
    name ?? "",
    lua.replaceAll("freed = 0, buried = 0 }, 1000", "freed = 0, buried = 0 }, 1"),
    ...rest,
  ]);
};

/** As one store to whoever looks at it when all is finished. */
function finished(jobs: Redis, prefix: string): Redis {
  const finish = async (): Promise<void> => {
    const before = await client.llen(`${prefix}unfinished`);
    if (before > 0) pages++;
    await jobs.claim({ queues: [], leaseMs: 30_000 });
  };
  const waiting = async (): Promise<readonly string[]> => {
    const page = await jobs.list({ limit: 10_000, state: "blocked" });
    return page.jobs.flatMap(({ id, waitsFor }) => (waitsFor === AFTER ? [id] : []));
  };
  const settleOne = async (settlement: Settlement): Promise<SettleAnswer> => {
    const before = await waiting();
    const [answer = "gone"] = await jobs.settle([settlement]);
    await finish();
    if (answer !== "accepted" && typeof answer === "string") return answer;
    const after = await waiting();
    const left = before.filter((id) => !after.includes(id));
    const states = (await jobs.get(left.map((id) => ({ id })))).map((job) => job?.state);
    const buried = states.filter((state) => state === "dead").length;
    const freed = left.length - buried;
    const next = typeof answer === "string" ? [] : answer.next;
    if (next.length + left.length === 0) return "accepted";
    return { status: "accepted", next, ...(freed > 0 && { freed }), ...(buried > 0 && { buried }) };
  };
  const finishing =
    <Input extends readonly unknown[], Answer>(verb: (...input: Input) => Promise<Answer>) =>
    async (...input: Input): Promise<Answer> => {
      const answer = await verb(...input);
      await finish();
      return answer;
    };
  return {
    ...jobs,
    enqueue: finishing(jobs.enqueue),
    cancel: finishing(jobs.cancel),
    replay: finishing(jobs.replay),
    remove: finishing(jobs.remove),
    claim: finishing(jobs.claim),
    async settle(settlements) {
      const answers: SettleAnswer[] = [];
      for (const one of settlements) answers.push(await settleOne(one));
      return answers;
    },
  };
}

let made = 0;
const make: Make = ({ clock }) => {
  const prefix = `{pages-${++made}}:`;
  return { adapter: finished(redis({ send, prefix, clock: clock.now }), prefix) };
};

describe.skipIf(isMissing)("families whose fates take several scripts", () => {
  const seed = Date.now() % 1e6;
  for (let n = 0; n < 4; n++) {
    test(`are as the model says when they are finished (seed ${seed + n})`, () =>
      checkAgainstModel(make, { seed: seed + n, operations: 300 }));
  }
  test("were some", () => expect(pages).toBeGreaterThan(0));
});
