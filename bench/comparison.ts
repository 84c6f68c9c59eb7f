/** One library on one backend. Its jobs carry a number; `ran` is told of each, and is what the job does. */
export type Contestant = {
  readonly name: string;
  readonly open: (place: string, ran: (n: number) => void | Promise<void>) => Promise<Opened>;
};
type Opened = {
  enqueue(n: number): Promise<unknown>;
  enqueueMany(all: readonly number[]): Promise<unknown>;
  /** Starts its worker; returns a function that stops it. */
  work(): Promise<() => Promise<unknown>>;
  close(): Promise<unknown>;
};

/** Where the jobs of a comparison are. */
export type Backend = {
  readonly name: string;
  /** Where the next contestant keeps its jobs: a connection string, or a new file. */
  place(): string;
  /** The processor time that its own processes have used, in µs. */
  cpu(): number;
};

const ROUNDS = 3;
const SINGLE = 1_000;
const BULK = 20_000;
const CONCURRENT = 100;
const LATE = 400;
const LATE_EVERY_MS = 10;
const REST_MS = 300;

type ByName<T> = Record<string, T>;
type Sample = {
  readonly single: number;
  readonly bulk: number;
  readonly concurrent: number;
  readonly drain: number;
  readonly cpu: number;
  readonly latency: readonly number[];
};
export type Figures = {
  /** Jobs per second: enqueued one by one, by the thousand, in a hundred calls at a time; and run. */
  readonly single: ByName<number>;
  readonly bulk: ByName<number>;
  readonly concurrent: ByName<number>;
  readonly drain: ByName<number>;
  /** Processor time of a job that is run, of all processes, in µs. */
  readonly cpu: ByName<number>;
  /** From the call that enqueues to the handler, in ms, while jobs come one by one to a worker that was at rest. */
  readonly latency: ByName<{ readonly p50: number; readonly p95: number; readonly p99: number }>;
};

/** Compares the contestants on one backend and the same work. `bulk`: how many jobs come by the thousand, and are run. */
export async function compare(
  { name: on, place, cpu }: Backend,
  contestants: readonly Contestant[],
  say: (text: string) => void,
  bulk = BULK,
  rounds = ROUNDS,
): Promise<Figures> {
  const samples: ByName<Sample[]> = {};
  // They take turns, so that other load on the machine affects all alike, and each goes before and after the others. The
  // first round warms up.
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? `${on}: warming up` : `${on}: round ${round} of ${rounds}`);
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const sample = await measure(contestant, place(), cpu, bulk);
      if (round > 0) (samples[contestant.name] ??= []).push(sample);
    }
  }
  const middle = (of: (sample: Sample) => number): ByName<number> =>
    Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, Math.round(quantile(all.map(of), 0.5))]));
  const latency = Object.entries(samples).map(([name, all]) => {
    const times = all.flatMap((sample) => sample.latency);
    const at = (share: number): number => Math.round(quantile(times, share) * 10) / 10;
    return [name, { p50: at(0.5), p95: at(0.95), p99: at(0.99) }] as const;
  });
  return {
    single: middle(({ single }) => single),
    bulk: middle(({ bulk }) => bulk),
    concurrent: middle(({ concurrent }) => concurrent),
    drain: middle(({ drain }) => drain),
    cpu: middle(({ cpu: used }) => used),
    latency: Object.fromEntries(latency),
  };
}

async function measure(contestant: Contestant, place: string, backendCpu: () => number, bulk: number): Promise<Sample> {
  // What the one before has left is collected, and its connections are closed.
  globalThis.gc?.();
  await rest();
  let left = 0;
  let done = (): void => {};
  const handled: number[] = [];
  const opened = await contestant.open(place, (n) => {
    handled[n] = performance.now();
    if (--left === 0) done();
  });
  const run = async (jobs: number, work: () => Promise<unknown>): Promise<void> => {
    left = jobs;
    const all = new Promise<void>((resolve) => (done = resolve));
    await work();
    await all;
  };

  const singleMs = await timed(async () => {
    for (let n = 0; n < SINGLE; n++) await opened.enqueue(n);
  });
  const concurrentMs = await timed(async () => {
    for (let n = 0; n < SINGLE; n += CONCURRENT) {
      await Promise.all(Array.from({ length: CONCURRENT }, (_, i) => opened.enqueue(n + i)));
    }
  });
  const bulkMs = await timed(async () => {
    for (let n = 0; n < bulk; n += 1_000) await opened.enqueueMany(Array.from({ length: 1_000 }, (_, i) => n + i));
  });

  const jobs = bulk + 2 * SINGLE;
  const cpuBefore = backendCpu() + ownCpu();
  let stop = async (): Promise<unknown> => undefined;
  const drainMs = await timed(() => run(jobs, async () => void (stop = await opened.work())));
  const cpu = (backendCpu() + ownCpu() - cpuBefore) / jobs;

  // The last settlements of these jobs are not yet answered, and the first jobs after them open connections: these alone were
  // the slowest one in a hundred.
  await rest();
  const sent: number[] = [];
  await run(LATE, async () => {
    for (let n = 0; n < LATE; n++) {
      sent[n] = performance.now();
      void opened.enqueue(n);
      await new Promise((resolve) => setTimeout(resolve, LATE_EVERY_MS));
    }
  });
  await stop();
  await opened.close();
  return {
    single: (SINGLE / singleMs) * 1_000,
    concurrent: (SINGLE / concurrentMs) * 1_000,
    bulk: (bulk / bulkMs) * 1_000,
    drain: (jobs / drainMs) * 1_000,
    cpu,
    latency: sent.map((at, n) => (handled[n] ?? Number.NaN) - at),
  };
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST_MS));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** The processor time that this process has used, in µs. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
