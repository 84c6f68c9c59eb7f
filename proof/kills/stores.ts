import { openDurableObjects } from "./durable-objects/subject.ts";
import type { StoreName } from "./sabotages.ts";
import type { OpenSubject } from "./subject.ts";

/** What can be killed, by the name of the store. */
export const subjects: Readonly<Record<StoreName, OpenSubject>> = {
  "durable-objects": openDurableObjects,
};
