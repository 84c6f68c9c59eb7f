import type { Logger } from "@longshore/core";
import { type Stats, type StatsWindow, type StoreStats, logTo } from "@longshore/core/adapter";
import type { Statistics } from "@longshore/core/stats";
import { BEGIN } from "./lua/begin.ts";
import { FIRST_DUE } from "./lua/depth.ts";
import { ROWS } from "./lua/rows.ts";
import { type Run, script } from "./script.ts";
import type { Tally } from "./settle.ts";

const SAVE_EVERY = 100;
const SAVE_AFTER_MS = 5_000;
const DAY_MS = 86_400_000;
/** How many processes are remembered; the oldest are forgotten first. */
const MOST_PROCESSES = 1_000;

/** The process, and its figures. `processes` has the order in which they wrote, `counted` what. */
const SAVE = script(
  BEGIN,
  String.raw`
local all = P..'processes'
call('ZADD', all, now, ARGV[2])
call('HSET', P..'counted', ARGV[2], ARGV[3])
local old = call('ZRANGEBYSCORE', all, '-inf', now - ${DAY_MS}, 'LIMIT', 0, 100)
if #old == 0 then old = call('ZRANGE', all, 0, -${MOST_PROCESSES + 1}) end
for _, process in ipairs(old) do
  call('ZREM', all, process)
  call('HDEL', P..'counted', process)
end
return '0'
`,
);

/** The own process. Answers the time, what the others have counted, and for each queue since when its first job is due. */
const READ = script(
  BEGIN,
  ROWS,
  FIRST_DUE,
  String.raw`
local others, oldest = {}, {}
for _, process in ipairs(call('ZRANGEBYSCORE', P..'processes', '('..(now - ${DAY_MS}), '+inf')) do
  if process ~= ARGV[2] then others[#others + 1] = call('HGET', P..'counted', process) end
end
local levels = call('HGETALL', P..'levels')
for k = 1, #levels, 2 do
  local queue = levels[k]
  local first = firstDue(levels[k + 1], queue)
  if first <= now then oldest[#oldest + 1] = '['..text(queue)..','..int(now - first)..']' end
end
return '['..int(now)..','..list(others)..','..list(oldest)..']'
`,
);

type Read = [now: number, others: readonly unknown[], oldest: readonly [queue: string, waitedMs: number][]];

export type Counting = {
  readonly tally: Tally;
  stats: Stats["stats"];
  /** Writes what was not written yet. */
  close(): Promise<void>;
};

/**
 * Each process counts what it does, in memory, and writes it under a name of its own after a hundred attempts or five
 * seconds. So the figures are those of this process, and what the others wrote.
 */
export function createCounting(run: Run, statistics: () => Statistics, log: Pick<Logger, "warn">): Counting {
  const own = statistics();
  const process = crypto.randomUUID();
  let unsaved = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> = Promise.resolve();

  const save = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (unsaved === 0) return saving;
    unsaved = 0;
    const packed = JSON.stringify(own.packAll());
    saving = saving
      .then(() => run(SAVE, [process, packed]))
      .then(
        () => {},
        (error: unknown) => logTo(log, "warn", "statistics were not written; they are with the next ones", { error }),
      );
    return saving;
  };
  const counted = (): void => {
    if (++unsaved % SAVE_EVERY === 0) return void save();
    if (timer !== undefined) return;
    timer = setTimeout(() => void save(), SAVE_AFTER_MS);
    // A process that is done does not wait for this. `unref` exists on Node, Deno and Bun.
    (timer as { unref?(): unknown }).unref?.();
  };

  return {
    tally: {
      enqueued(job, now) {
        own.enqueued(job, now);
        counted();
      },
      settled(job, attempt, now) {
        own.settled(job, attempt, now);
        counted();
      },
    },
    async stats(window: StatsWindow): Promise<readonly StoreStats[]> {
      const [now, others, oldest] = await run<Read>(READ, [process]);
      const sorted = oldest
        .map(([queue, waitedMs]) => ({ queue, waitedMs }))
        .sort((a, b) => (a.queue < b.queue ? -1 : 1));
      const parts = others.map((packed) => {
        const other = statistics();
        other.unpack(packed, undefined);
        return { ...other.read(window, now), oldest: [] };
      });
      return [{ ...own.read(window, now), oldest: sorted }, ...parts];
    },
    close: save,
  };
}
