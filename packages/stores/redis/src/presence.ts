import type { KnownWorker, WorkerPresence } from "@longshore/core/adapter";
import { whole } from "./job.ts";
import { BEGIN } from "./lua/begin.ts";
import { type Run, script } from "./script.ts";

const DAY_MS = 86_400_000;
const MOST_WORKERS = 1_000;

/** Id, slots, busy, for how long. `workers` has the order of the announcements, `worker` what was announced. */
const ANNOUNCE = script(
  BEGIN,
  String.raw`
local id = ARGV[2]
call('ZADD', P..'workers', numbers(1), id)
call('HSET', P..'worker', id, format('[%s,%s,%s,%d,%d]', text(id), ARGV[3], ARGV[4], now, now + tonumber(ARGV[5])))
for _, old in ipairs(call('ZRANGE', P..'workers', 0, -${MOST_WORKERS + 1})) do
  call('ZREM', P..'workers', old)
  call('HDEL', P..'worker', old)
end
return '0'
`,
);

const WORKERS = script(BEGIN, "return '['..int(now)..','..list(call('HVALS', P..'worker'))..']'");

export async function announce(run: Run, { id, slots, busy }: WorkerPresence, forMs: number): Promise<void> {
  await run(ANNOUNCE, [id, String(slots), String(busy), String(whole(forMs))]);
}

type Known = [id: string, slots: number, busy: number, at: number, until: number];

export async function workers(run: Run): Promise<readonly KnownWorker[]> {
  const [now, known] = await run<[number, Known[]]>(WORKERS, []);
  return known
    .filter(([, , , at]) => now - at < DAY_MS)
    .map(([id, slots, busy, at, until]) => ({ id, slots, busy, alive: now < until, agoMs: now - at }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
