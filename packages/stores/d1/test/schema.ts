import type { Schema } from "@longshore/core";

/** Lets any JSON through. */
export const anyInput: Schema<{ readonly n: number }> = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as { n: number } }) }, // nothing here looks inside
};
