import type { Presence, WorkerPresence } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expectEqual } from "../../expect.ts";
import { DAY, MINUTE, SECOND } from "../../jobs.ts";

const crane = (id: string, parts: Partial<WorkerPresence> = {}): WorkerPresence => ({
  id,
  slots: 10,
  busy: 0,
  ...parts,
});

async function alive(adapter: Presence): Promise<readonly string[]> {
  return (await adapter.workers()).filter(({ alive: lives }) => lives).map(({ id }) => id);
}

export const presenceCases: readonly Case[] = [
  defineCase({
    name: "a worker is alive for as long as it announced, and no longer",
    needs: ["Presence"],
    async run({ adapter, pass }) {
      expectEqual(await adapter.workers(), [], "the workers of which nobody has heard");
      await adapter.announce(crane("b"), MINUTE);
      await adapter.announce(crane("a", { slots: 4, busy: 3 }), 2 * MINUTE);
      await pass(MINUTE - 1);
      expectEqual(await alive(adapter), ["a", "b"], "who is alive within the minute");
      await pass(1);
      const expected = [
        { ...crane("a", { slots: 4, busy: 3 }), alive: true, agoMs: MINUTE },
        { ...crane("b"), alive: false, agoMs: MINUTE },
      ];
      expectEqual(await adapter.workers(), expected, "the workers when the minute is over");
    },
  }),

  defineCase({
    name: "an announcement replaces the previous one of that worker",
    needs: ["Presence"],
    async run({ adapter, pass }) {
      await adapter.announce(crane("a"), MINUTE);
      await pass(50 * SECOND);
      await adapter.announce(crane("a", { slots: 20, busy: 7 }), MINUTE);
      await pass(50 * SECOND);
      const expected = [{ ...crane("a", { slots: 20, busy: 7 }), alive: true, agoMs: 50 * SECOND }];
      expectEqual(await adapter.workers(), expected, "the workers after the second announcement");
      await adapter.announce(crane("a"), SECOND);
      await pass(SECOND);
      expectEqual(await alive(adapter), [], "who is alive after an announcement for a shorter time");
    },
  }),

  defineCase({
    name: "a worker that announces nothing more is known for a day, and then forgotten",
    needs: ["Presence"],
    async run({ adapter, pass }) {
      await adapter.announce(crane("a"), MINUTE);
      await pass(DAY - 1);
      expectEqual((await adapter.workers()).length, 1, "workers known within the day");
      await pass(1);
      expectEqual(await adapter.workers(), [], "the workers when the day is over");
    },
  }),

  defineCase({
    name: "only the thousand workers that announced last are known",
    needs: ["Presence"],
    async run({ adapter }) {
      for (let i = 0; i < 1_200; i++) await adapter.announce(crane(`w${i}`), MINUTE);
      const expected = Array.from({ length: 1_000 }, (_, i) => `w${i + 200}`).sort();
      expectEqual(
        (await adapter.workers()).map(({ id }) => id),
        expected,
        "the workers that are known",
      );
    },
  }),
];
