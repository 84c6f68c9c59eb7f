import { SECOND } from "@longshore/conformance/tools";
import type { CarriedRunner, ClaimedJob, NewJob, Outcome, SettleAnswer } from "@longshore/core/adapter";
import { type Memory, memory } from "@longshore/memory";
import { type Paired, type PairedOptions, paired } from "../src/index.ts";
import { type FakeBroker, fakeBroker } from "./fake-broker.ts";

export type Setting = {
  readonly store: Memory;
  readonly broker: FakeBroker;
  readonly jobs: Paired<Memory>;
  now(): number;
  pass(ms: number): void;
  /** A consumer that notes what it runs, and settles it so. */
  consumer(outcome?: Outcome): Consumer;
};
type Consumer = CarriedRunner & { readonly ran: ClaimedJob[]; readonly answers: SettleAnswer[] };

/** A pair over a memory store and a broker that can fail, with one clock for all, that the test moves. */
export function setting(options: PairedOptions = {}): Setting {
  let time = 1_700_000_000_000;
  const clock = (): number => time;
  const store = memory({ clock, lease: 30 * SECOND });
  const broker = fakeBroker();
  const jobs = paired(store, broker, { clock, ...options });
  return {
    store,
    broker,
    jobs,
    now: clock,
    pass(ms) {
      time += ms;
    },
    consumer(outcome = { type: "complete" }) {
      const ran: ClaimedJob[] = [];
      const answers: SettleAnswer[] = [];
      const { runCarried } = jobs.runner({
        async run(claimed) {
          ran.push(...claimed);
          answers.push(...(await jobs.settle(claimed.map(({ id, token }) => ({ id, token, outcome })))));
        },
      });
      return { ran, answers, runCarried };
    },
  };
}

export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  return {
    id: "job-1",
    name: "send-welcome-email",
    queue: "default",
    payload: '{"userId":42}',
    headers: { v: "1", "m.user_id": "42" },
    priority: 5,
    due: { inMs: 0 },
    keepMs: 3_600_000,
    ...overrides,
  };
}

export function newJobs(count: number, overrides: Partial<NewJob> = {}): NewJob[] {
  return Array.from({ length: count }, (_, i) => newJob({ id: `${overrides.queue ?? "job"}-${i}`, ...overrides }));
}
