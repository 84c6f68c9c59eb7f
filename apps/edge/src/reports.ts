import { type Handler, type JobContext, handle } from "@longshore/core";
import { dailyReport, weeklyDigest } from "./jobs.ts";
import { sendMail } from "./mail.ts";
import type { Fetch } from "@longshore/signals";
import type { Count } from "./records.ts";
import type { Services } from "./services.ts";
import { type Settings, configured } from "./settings.ts";

type Report = { readonly subject: string; readonly text: string };

/** Reports on deliveries and queues as text: as the job's result, and by mail if configured. */
export function reportHandlers(settings: Settings, { records, queue }: Services, fetch: Fetch): Handler[] {
  const mailed = async (report: Report, { id, signal }: JobContext): Promise<Report> => {
    const to = configured(settings.REPORT_TO);
    if (to !== undefined) await sendMail({ to, ...report, key: id }, signal, settings, fetch);
    return report;
  };
  return [
    handle(dailyReport, async ({ from, until }, context) => {
      const [{ events }, queues] = await Promise.all([records.summarise(from, until), queue.counts()]);
      const jobs = queues.flatMap(({ queue, counts }) =>
        Object.entries(counts).map(([state, count]) => ({ name: `${queue} ${state}`, count })),
      );
      const text = `Deliveries\n${table(events)}\nJobs, as they stand\n${table(jobs)}`;
      return mailed({ subject: `Webhooks on ${day(from)}`, text }, context);
    }),
    handle(weeklyDigest, async ({ from, until }, context) => {
      const { events, repositories } = await records.summarise(from, until);
      const text = `By repository\n${table(repositories)}\nBy event\n${table(events)}`;
      return mailed({ subject: `Webhooks of the week from ${day(from)}`, text }, context);
    }),
  ];
}

export function table(counts: readonly Count[]): string {
  if (counts.length === 0) return "  none\n";
  return counts.map(({ name, count }) => `${String(count).padStart(8)}  ${name}\n`).join("");
}

function day(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
