import { type Handler, handle } from "@longshore/core";
import type { RecordKeeper } from "../records.ts";
import { fieldNote, fieldPhoto } from "./jobs.ts";

/** Keep what pages hand over. Keeping an item twice has no further effect, but is counted. */
export function fieldHandlers(records: RecordKeeper): Handler[] {
  return [
    handle(fieldNote, async ({ item, text, takenAt }) => records.keepItem({ item, kind: "note", text, takenAt })),
    handle(fieldPhoto, async ({ item, text, takenAt }) => {
      if (!(await records.hasPhoto(item))) throw new Error("The photo is not here yet.");
      await records.keepItem({ item, kind: "photo", text, takenAt });
    }),
  ];
}
