import { expect, test } from "vitest";
import { newJobs, setting } from "./setting.ts";

const failure = { message: "the mail server is away" };

test("a dead letter is one operation: at no time in both places, or in neither (F23)", async () => {
  const all = setting();
  await all.jobs.enqueue(newJobs(1));
  await all.jobs.dispatchDue();
  await all.broker.deliver(all.consumer({ type: "dead", failure }));
  expect(await all.jobs.get([{ id: "job-0" }])).toMatchObject([{ state: "dead", failures: [failure] }]);
  expect(await all.jobs.dispatchDue()).toEqual({ carried: 0, failed: 0, full: false });
  expect(all.broker.messages).toEqual([]);
});

test("a replay of a thousand dead letters that stops at 400 has moved 400, and the next one moves the rest once (F24)", async () => {
  const all = setting({ maxInFlight: 1_000 });
  const refs = newJobs(1_000).map(({ id }) => ({ id }));
  await all.jobs.enqueue(newJobs(1_000));
  await all.jobs.dispatchDue();
  await all.broker.deliver(all.consumer({ type: "dead", failure }));
  await all.jobs.replay(refs.slice(0, 400));
  expect((await all.jobs.counts())[0]?.counts).toEqual({ enqueued: 400, dead: 600 });

  await all.jobs.dispatchDue();
  const { ran, runCarried } = all.consumer();
  await all.broker.deliver({ runCarried });
  const answers = await all.jobs.replay(refs);
  expect(answers.filter(({ status }) => status === "done")).toHaveLength(600);
  await all.jobs.dispatchDue();
  await all.broker.deliver({ runCarried });
  expect(new Set(ran.map(({ id }) => id)).size).toBe(1_000);
  expect(ran).toHaveLength(1_000);
  expect(ran.every(({ attempt }) => attempt === 1)).toBe(true);
});
