import { createQueue } from "@longshore/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, longshore } from "./bin.ts";
import { fill } from "./jobs.ts";
import { type Filled, inPostgres, overHttp, sqliteFile } from "./stores.ts";

const stores: readonly (readonly [name: string, filled: Filled | undefined])[] = [
  ["a SQLite file", await sqliteFile()],
  ["a server", await overHttp()],
  ["PostgreSQL", await inPostgres()],
];
afterAll(async () => {
  for (const [, filled] of stores) await filled?.close();
});

// There may be no PostgreSQL, and no apt-get that could install it.
for (const [name, filled] of stores) if (filled === undefined) console.warn(`Nothing is tested over ${name}.`);
describe.each(stores.flatMap(([name, filled]) => (filled === undefined ? [] : [{ name, filled }])))(
  "over $name",
  ({ filled: { store, args: where, env } }) => {
    beforeAll(() => fill(store));

    const run = (...args: string[]): Promise<Ended> => longshore([...args, ...where], { env });
    async function json(...args: string[]): Promise<unknown> {
      const { code, out, err } = await run(...args, "--json");
      expect([code, err]).toEqual([0, ""]);
      return JSON.parse(out);
    }
    const stateOf = async (id: string): Promise<string | undefined> => (await createQueue(store).get(id))?.state;

    test("counts tells how many jobs of each state a queue has", async () => {
      const { code, out } = await run("counts");
      expect([code, out.split("\n").map((line) => line.split(/\s+/))]).toEqual([
        0,
        [["QUEUE", "PAUSED", "DELAYED", "COMPLETED", "DEAD"], ["mail", "1", "1", "2"], [""]],
      ]);
      expect(await json("counts")).toEqual([
        { queue: "mail", paused: false, counts: expect.objectContaining({ delayed: 1, completed: 1, dead: 2 }) },
      ]);
    });

    test("jobs are listed from the last id to the first, by a filter, and page by page", async () => {
      const idsOf = (page: unknown): string[] => (page as { jobs: { id: string }[] }).jobs.map(({ id }) => id);
      expect(idsOf(await json("jobs"))).toEqual(["mail:reader", "mail:later", "mail:editor", "mail:author"]);
      expect(idsOf(await json("jobs", "--oldest-first", "--limit", "1"))).toEqual(["mail:author"]);
      expect(idsOf(await json("jobs", "--state", "delayed", "--state", "completed"))).toEqual([
        "mail:later",
        "mail:author",
      ]);
      expect(idsOf(await json("jobs", "--metadata", "user=later"))).toEqual(["mail:later"]);
      expect(idsOf(await json("jobs", "--error", "503", "--queue", "mail"))).toEqual(["mail:editor"]);
      const all: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await json("jobs", "--limit", "3", ...(cursor === undefined ? [] : ["--cursor", cursor]));
        all.push(...idsOf(page));
        cursor = (page as { cursor?: string }).cursor;
      } while (cursor !== undefined);
      expect(all).toEqual(["mail:reader", "mail:later", "mail:editor", "mail:author"]);
    });

    test("a job is shown with its failures, and without its input until it is asked for", async () => {
      const { code, out } = await run("job", "mail:editor");
      expect(code).toBe(0);
      expect(out).toMatch(/^state\s+dead$/m);
      expect(out).toContain("503 Service Unavailable");
      const printed = [out, (await run("jobs", "--json")).out, (await run("job", "mail:author", "--json")).out].join();
      expect(printed).not.toContain("only-for-those-who-ask");
      expect(printed).not.toContain('"sent"');
      expect(`${printed}${(await run("dead", "--json")).out}`).not.toMatch(/"stack"|\bat .*:\d+:\d+/);
      expect((await run("job", "mail:editor", "--data")).out).toContain("only-for-those-who-ask");
      expect((await run("job", "mail:editor", "--data")).out).toMatch(/\bat .*:\d+:\d+/);
      expect(await json("job", "mail:author", "--data")).toMatchObject({
        input: { user: "author" },
        result: { sent: true },
      });
    });

    test("a job that is not there ends with 3", async () => {
      const { code, out, err } = await run("job", "mail:nobody");
      expect([code, out, err]).toEqual([3, "", "There is no job mail:nobody.\n"]);
    });

    test("dead letters are listed, or counted by their errors", async () => {
      const { out } = await run("dead", "--by-error");
      expect(out).toMatch(/^1\s+mail\s+send-mail\s.*mail:editor\s+503 Service Unavailable$/m);
      expect(out).toMatch(/^1\s+mail\s+send-mail\s.*mail:reader\s+no address of "…"$/m);
      const { out: list } = await run("dead");
      expect(list.match(/mail:\w+/g)).toEqual(["mail:reader", "mail:editor"]);
    });

    test("the schedules have their rules and next times", async () => {
      expect(await json("schedules")).toEqual({
        now: expect.any(Number),
        more: false,
        schedules: [{ name: "weekly", rule: "every 7d", cursor: expect.any(Number), nextAt: expect.any(Number) }],
      });
      expect((await run("schedules")).out).toMatch(/^weekly\s+every 7d\s+\d{4}-.*Z\s+\d{4}-.*Z\s+in \d/m);
    });

    test("a replay is tried before it is done, by filter and by id", async () => {
      expect(await json("replay", "--error", "503", "--dry-run")).toMatchObject({ matched: 1, done: 0 });
      expect(await stateOf("mail:editor")).toBe("dead");
      expect((await run("replay", "--error", "503", "--per-second", "5")).out).toBe("Jobs replayed: 1 of 1.\n");
      expect(await stateOf("mail:editor")).toBe("enqueued");
      const named = await run("replay", "mail:reader", "mail:editor", "mail:nobody");
      expect(named.code).toBe(3);
      expect(named.out).toMatch(/^mail:reader\s+done$/m);
      expect(named.out).toMatch(/^mail:editor\s+refused: it is enqueued$/m);
      expect(named.out).toMatch(/^mail:nobody\s+gone$/m);
    });

    test("cancel ends what waits", async () => {
      expect(await json("cancel", "mail:later")).toEqual([{ id: "mail:later", status: "done" }]);
      expect(await stateOf("mail:later")).toBe("cancelled");
      expect(await json("cancel", "--all")).toMatchObject({ matched: 2, done: 2 });
    });

    test("a queue is paused and goes on", async () => {
      const isPaused = async (): Promise<boolean | undefined> =>
        (await createQueue(store).counts()).find(({ queue }) => queue === "mail")?.paused;
      expect((await run("pause", "mail")).code).toBe(0);
      expect(await isPaused()).toBe(true);
      expect(await json("resume", "mail")).toEqual({ queue: "mail", paused: false, empty: false });
      expect(await isPaused()).toBe(false);
    });

    test("a queue without jobs is paused, and told: its name may be mistyped", async () => {
      const { code, err } = await run("pause", "mial");
      expect([code, err]).toEqual([
        0,
        "mial is paused: what runs goes on, what waits stays.\n" +
          "There is no job in mial. Is this the name that you meant? Queues with jobs: mail.\n",
      ]);
      expect(await json("resume", "mial")).toEqual({ queue: "mial", paused: false, empty: true });
    });

    test("top looks as often as it is told, at the queues", async () => {
      const { code, out } = await run("top", "--count", "2", "--every", "100");
      expect([code, out.match(/^mail /gm)?.length]).toEqual([0, 2]);
      expect(JSON.parse((await run("top", "--count", "1", "--json")).out)).toMatchObject({
        queues: [{ queue: "mail" }],
      });
    });

    test("top tells of no workers where none has announced itself, since some may run all the same", async () => {
      expect((await run("top", "--count", "1")).out).not.toContain("workers");
      await store.announce({ id: "a", slots: 4, busy: 1 }, 60_000);
      expect((await run("top", "--count", "1")).out).toContain(", workers alive: 1, busy slots: 1 of 4\n");
    });
  },
);
