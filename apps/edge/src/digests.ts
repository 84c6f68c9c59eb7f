import { type Handler, flow, handle } from "@longshore/core";
import type { Fetch } from "@longshore/signals";
import { digestDue, fetchActivity, repositoryDigest, sendDigest } from "./jobs.ts";
import { sendMail } from "./mail.ts";
import { table } from "./reports.ts";
import type { Services } from "./services.ts";
import { type Settings, configured } from "./settings.ts";

const DAY_MS = 86_400_000;

/** The digest of a repository once it has been quiet: a chain of three jobs, of which each has the result of the one before. */
export function digestHandlers(settings: Settings, { records, queue }: Services, fetch: Fetch): Handler[] {
  return [
    handle(digestDue, async ({ repository }, { id }) => {
      const until = Date.now();
      // The same ids on every attempt.
      await flow(
        queue,
        {
          activity: fetchActivity.with({ repository, from: until - DAY_MS, until }, { id: `${id}:activity` }),
          digest: repositoryDigest.with({ repository }, { id: `${id}:digest` }),
          mail: sendDigest.with({ repository }, { id: `${id}:mail` }),
        },
        { digest: ["activity"], mail: ["digest"] },
      );
    }),
    handle(fetchActivity, async ({ repository, from, until }) => {
      const { events } = await records.summarise(from, until, repository);
      return { events: [...events] };
    }),
    handle(repositoryDigest, async ({ repository }, { parents }) => {
      let text = "";
      for await (const { result } of parents.of(fetchActivity)) text += table(result?.events ?? []);
      return { subject: `Webhooks of ${repository} within a day`, text };
    }),
    handle(sendDigest, async (_input, { id, parents, signal }) => {
      const to = configured(settings.REPORT_TO);
      if (to === undefined) return;
      for await (const { result } of parents.of(repositoryDigest))
        if (result !== undefined) await sendMail({ to, ...result, key: id }, signal, settings, fetch);
    }),
  ];
}
