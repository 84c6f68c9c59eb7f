import { expect, test } from "vitest";
import { type DeadGroup, type DeadGroupOptions, type DeadGroups, deadByError } from "../src/jobs/bulk.ts";
import type { Job } from "../src/index.ts";
import { codeOf } from "./code-of.ts";

type Dead = Partial<Pick<Job, "id" | "queue" | "name" | "dueAt">> & { readonly message?: string };

/** A queue whose pages have two jobs, and the requests for them. */
function queueOf(dead: readonly Dead[]) {
  const requests: { readonly cursor?: string | undefined; readonly limit?: number | undefined }[] = [];
  const jobs = dead.map(({ message, ...rest }, n) => ({
    id: `job-${n}`,
    queue: "default",
    name: "mail",
    dueAt: n,
    failures:
      message === undefined
        ? []
        : [
            { message: "the first", attempt: 1, at: 0 },
            { message, attempt: 2, at: 1 },
          ],
    ...rest,
  })) as unknown as readonly Job[]; // what grouping reads
  return {
    requests,
    async list(request: (typeof requests)[number] = {}) {
      requests.push(request);
      const from = Number(request.cursor ?? 0);
      const page = jobs.slice(from, from + Math.min(2, request.limit ?? 2));
      const next = from + page.length;
      return next < jobs.length ? { jobs: page, cursor: String(next) } : { jobs: page };
    },
  };
}

async function groupsOf(dead: readonly Dead[], options?: DeadGroupOptions): Promise<DeadGroups> {
  return deadByError(queueOf(dead), options);
}

test("dead letters of one error are one group, whatever numbers, ids and quoted texts their messages have", async () => {
  const { groups, read, more } = await groupsOf([
    { message: 'the user 42 with "a@example.com" is not known', dueAt: 7 },
    { message: "connect ECONNREFUSED 127.0.0.1:5432", dueAt: 5 },
    { message: 'the user 7 with "b@example.com" is not known', dueAt: 9 },
    { message: 'the user 3f2504e0-4f89-11d3-9a0c-0305e82c3301 with "c" is not\nknown', dueAt: 3 },
  ]);
  expect(groups).toEqual([
    {
      queue: "default",
      name: "mail",
      error: 'the user # with "…" is not known',
      count: 3,
      oldestAt: 3,
      newestAt: 9,
      example: { id: "job-2", partition: undefined },
    },
    expect.objectContaining<Partial<DeadGroup>>({ error: "connect ECONNREFUSED #.#.#.#:#", count: 1 }),
  ]);
  expect([read, more]).toEqual([4, false]);
});

test("queues, names and statuses of servers are told apart, and a job without a failure has a group, too", async () => {
  const { groups } = await groupsOf([
    { message: "HTTP 503" },
    { message: "HTTP 404" },
    { message: "HTTP 503", queue: "other" },
    { message: "HTTP 503", name: "other" },
    {},
  ]);
  expect(groups.map(({ queue, name, error }) => `${queue} ${name} ${error}`).sort()).toEqual([
    "default mail ",
    "default mail HTTP 404",
    "default mail HTTP 503",
    "default other HTTP 503",
    "other mail HTTP 503",
  ]);
});

test("no more dead letters are read and no more groups are made than asked for, and the answer says so", async () => {
  const many = Array.from({ length: 9 }, (_, n) => ({ message: `error ${"abcdefghi"[n]}` }));
  const few = await groupsOf(many, { limit: 5 });
  expect([few.groups.length, few.read, few.more]).toEqual([5, 5, true]);
  const grouped = await groupsOf(many, { maxGroups: 4 });
  expect([grouped.groups.length, grouped.read, grouped.more]).toEqual([4, 9, true]);
  const all = await groupsOf(many, { limit: 9, maxGroups: 9 });
  expect([all.groups.length, all.read, all.more]).toEqual([9, 9, false]);
});

test("the backend selects by queue and name, and lists the newest first", async () => {
  const queue = queueOf([{}, {}, {}]);
  await deadByError(queue, { queue: "mail", name: "welcome", limit: 3 });
  expect(queue.requests).toEqual([
    { state: "dead", queue: "mail", name: "welcome", descending: true, cursor: undefined, limit: 3 },
    { state: "dead", queue: "mail", name: "welcome", descending: true, cursor: "2", limit: 1 },
  ]);
});

test("an error is at most 300 characters, whatever its message is made of", async () => {
  const hostile = ["a-", '"', "' ", "'a", "`a", "1", "\u0000 ", "\u2028"].map((text) => ({
    message: text.repeat(2_000),
  }));
  const { groups } = await groupsOf(Array.from({ length: 200 }, () => hostile).flat());
  expect(groups.every(({ error }) => error.length <= 300)).toBe(true);
});

test.each([{ limit: 0 }, { maxGroups: 0 }, { queue: "a b" }, { unknown: 1 }])("%j is refused", async (options) => {
  const code = await codeOf(() => deadByError(queueOf([]), options as DeadGroupOptions));
  expect(code).toMatch(/^invalid_(option|name)$/);
});
