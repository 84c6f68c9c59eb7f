import { type Make, checkAgainstModel, checkAgainstAdapter } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { describe, expect, test } from "vitest";
import { saboteurs } from "../saboteurs/index.ts";

const memoryStore: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) });

/** Faults that show only in certain orders of calls. */
const SUBTLE: readonly string[] = [
  "puts a new job in the place of one that is delayed",
  "takes over a lease that a renewal extended",
  "takes over ended leases before all else",
  "counts an attempt when it fails and not when it is claimed",
  "numbers the tokens of each job by themselves",
  "says that every second attempt stalled",
  "releases with any token",
  "settles no job whose lease is over",
  "lets the same token settle a terminal job anew",
  "keeps the newest ten failures",
  "a snooze starts the attempts from zero",
  "enqueues the follow-ups of a stale settlement",
  "enqueues follow-ups before it settles",
  "extends every lease when it renews one",
  "answers that a cancelled job's lease is lost",
  "cancel gives a running job's attempt back",
  "a replay lets the cancelled worker settle after all",
  "a replay keeps the age",
  "removes running jobs",
  "a pause ends the leases of its queue",
  "does not wake up for retries",
  "wakes up for paused queues",
  "lists the last job of a page again",
  "counts rows past their time until a prune takes them",
  "keeps the old next time where there is none",
  "makes the job of an occurrence that is behind",
  "forgets who settled what when it restarts",
];

function saboteurWho(name: string): Make {
  const found = saboteurs.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no saboteur who ${name}`);
  return found.make;
}

describe("random histories", () => {
  test.each(SUBTLE)("find who %s", async (name) => {
    const make = saboteurWho(name);
    const found = async (): Promise<void> => {
      for (let seed = 1; seed <= 40; seed++) await checkAgainstModel(make, { seed, operations: 400, shrinks: 0 });
    };
    await expect(found()).rejects.toThrow("differs from the model");
  });

  test("are told as the few steps that matter", async () => {
    const make = saboteurWho("a replay keeps the age");
    const told = await checkAgainstModel(make, { seed: 1, operations: 400 }).catch((error: unknown) => String(error));
    const steps = String(told).match(/^ *[0-9]+\. .*$/gm);
    expect(steps?.length).toBeLessThanOrEqual(4);
  });

  test("that fail are seen again by what the failure says, at once", async () => {
    const make = saboteurWho("a replay keeps the age");
    const options = { seed: 1, operations: 400 };
    const tell = (more: object): Promise<string> =>
      checkAgainstModel(make, { ...options, ...more }).then(String, String);
    const told = await tell({});
    const [, replay] = /replay: "([^"]+)"/.exec(told) ?? [];
    const steps = (text: string): readonly string[] | null => text.match(/^ *[0-9]+\. .*$/gm);
    expect(steps(await tell({ replay }))).toEqual(steps(told));
    expect(steps(await tell({ shrinks: 0 }))).not.toEqual(steps(told));
  });
});

describe("random deliveries", () => {
  /** Not what a history does not look at: how an answer is worded, or payloads that are large. */
  const unseen = ["claims to have created what it sent", "cuts payloads at 64 000 characters"];
  const brokers = saboteurs.filter(
    ({ name }) => name.startsWith("broker: ") && !unseen.some((one) => name.endsWith(one)),
  );
  test.each(brokers)("finds a $name", async ({ make }) => {
    const found = async (): Promise<void> => {
      for (let seed = 1; seed <= 5; seed++) await checkAgainstModel(make, { seed, operations: 200, shrinks: 0 });
    };
    await expect(found()).rejects.toThrow("differs from the model");
  });
});

describe("two adapters", () => {
  test("are told apart by the few steps that matter", async () => {
    const told = await checkAgainstAdapter(memoryStore, saboteurWho("a replay keeps the age"), {
      seed: 1,
      operations: 400,
    }).then(String, String);
    expect(told).toContain("the adapters differ");
    expect(told.match(/^ *[0-9]+\. .*$/gm)?.length).toBeLessThanOrEqual(4);
  });

  test("are compared through what both have", async () => {
    const remover = saboteurWho("removes running jobs");
    const without = async (...lacking: readonly string[]): Promise<string> => {
      const make: Make = async (world) => {
        const subject = await remover(world);
        for (const verb of lacking) Reflect.deleteProperty(subject.adapter, verb);
        return { adapter: subject.adapter };
      };
      const seeds = Array.from({ length: 10 }, (_, seed) => seed);
      const all = seeds.map((seed) => checkAgainstAdapter(make, memoryStore, { seed, operations: 400, shrinks: 0 }));
      return Promise.all(all).then(() => "alike", String);
    };
    expect(await without()).toContain("the adapters differ");
    expect(await without("cancel", "replay", "runNow", "remove", "pause", "resume")).toBe("alike");
  });
});
