import { type QueueCounts, systemPlatform } from "@longshore/core";
import type { KnownWorker } from "@longshore/core/adapter";
import { type StatsReport, readStats } from "@longshore/core/stats";
import process from "node:process";
import type { Context, Work } from "../command.ts";
import { STATES } from "../filter.ts";
import { type Column, drawn } from "../output.ts";
import { need } from "../target.ts";
import { safe } from "../text.ts";
import { instant, length } from "../time.ts";
import { type EveryOptions, lookEvery } from "./every.ts";

type Look = {
  readonly at: number;
  readonly queues: readonly QueueCounts[];
  readonly workers: readonly KnownWorker[] | undefined;
  readonly stats: StatsReport | undefined;
};

/** Looks again and again, until it is interrupted or has looked so often. */
export const top: Work<EveryOptions> = async (context, options) => {
  const { output } = context;
  // A terminal that does not know its height would be drawn with none.
  const canDraw = output.live && process.stdout.rows > 0;
  const live = canDraw ? (await import("log-update")).createLogUpdate(process.stdout) : undefined;
  await lookEvery(context, options, async () => {
    const look = await lookAt(context);
    if (output.json) output.record(look);
    else if (live === undefined) output.line(frame(context, look));
    else live(frame(context, look));
  });
  live?.done();
};

async function lookAt({ target }: Context): Promise<Look> {
  const { store } = target;
  const [queues, workers, stats] = await Promise.all([
    need(target, "counts")(),
    store.workers?.(),
    // A server may have a store that counts nothing.
    store.stats && readStats({ stats: store.stats }, { window: "minute" }),
  ]);
  const sorted = [...queues].sort((a, b) => (a.queue < b.queue ? -1 : 1));
  return { at: systemPlatform.now(), queues: sorted, workers, stats };
}

/** The most queues that a screen shows. */
const MOST_QUEUES = 50;

function frame({ target, output }: Context, { at, queues, workers, stats }: Look): string {
  // Where none has announced itself some may run all the same: a number that does not exist is not zero.
  const alive = workers?.length ? workers.filter((worker) => worker.alive) : undefined;
  const busy = alive?.reduce((sum, worker) => sum + worker.busy, 0);
  const slots = alive?.reduce((sum, worker) => sum + worker.slots, 0);
  const told = alive === undefined ? "" : `, workers alive: ${alive.length}, busy slots: ${busy} of ${slots}`;
  const states = STATES.filter((state) => queues.some(({ counts }) => (counts[state] ?? 0) > 0));
  const columns: readonly Column[] = [
    { head: "QUEUE", most: 40 },
    { head: "" },
    ...states.map((state) => ({ head: state.toUpperCase() })),
    ...(stats === undefined ? [] : [{ head: "DONE/MIN" }, { head: "FAILED/MIN" }, { head: "OLDEST" }]),
  ];
  const rows = queues.slice(0, MOST_QUEUES).map(({ queue, paused, counts }) => {
    const figures = stats?.queues.find((one) => one.queue === queue);
    const perMinute = (n = 0): string => String(Math.round((n * 60_000) / Math.max(1, stats?.coversMs ?? 1)));
    return [
      queue,
      paused ? "paused" : "",
      ...states.map((state) => String(counts[state] ?? 0)),
      ...(stats === undefined
        ? []
        : [
            perMinute(figures?.completed),
            perMinute((figures?.failed ?? 0) + (figures?.dead ?? 0)),
            figures?.oldestMs === undefined ? "" : length(figures.oldestMs),
          ]),
    ];
  });
  const more = queues.length > MOST_QUEUES ? `\nqueues that are not shown: ${queues.length - MOST_QUEUES}` : "";
  return `${output.bold(safe(target.store.name))}  ${instant(at)}${safe(told)}\n\n${drawn(columns, rows, output.bold)}${more}\n`;
}
