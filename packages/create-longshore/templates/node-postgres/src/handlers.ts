import { type Handler, handle } from "@longshore/core";
import { report, welcome } from "./jobs.ts";

export type Mail = { readonly to: string; readonly text: string };

/** What the handlers use of the world; a test passes its own. */
export type World = {
  sendMail(mail: Mail): Promise<void>;
  countMails(): number;
};

/** After a crash a handler may run twice for a job: pass the job's `id` on, where a service takes an idempotency key. */
export function createHandlers({ sendMail, countMails }: World): readonly Handler[] {
  return [
    handle(welcome, async ({ email }) => {
      // To see a job die, take away the slashes:
      // throw new Error("no mail today");
      await sendMail({ to: email, text: "Welcome!" });
    }),
    handle(report, (_input, { log }) => log.info("report", { mails: countMails() })),
  ];
}
