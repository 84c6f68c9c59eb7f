import { type Handler, handle } from "@longshore/core";
import { report, sendNote } from "./jobs.ts";

export type Note = { readonly id: string; readonly text: string };

/** What the handlers use of the world; a test passes its own. */
export type World = {
  send(note: Note, signal: AbortSignal): Promise<void>;
};

/** A handler may run twice for a job, for example if its tab is closed: the server knows by the id what it has. */
export function createHandlers({ send }: World): readonly Handler[] {
  return [
    handle(sendNote, async ({ text }, { id, signal }) => {
      // To see a job die, take away the slashes:
      // throw new Error("no connection today");
      await send({ id, text }, signal);
    }),
    handle(report, (_input, { log }) => log.info("report")),
  ];
}
