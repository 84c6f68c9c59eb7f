import type { Schema } from "@longshore/core";

/** Lets any JSON through. */
export const anyInput: Schema<{ readonly userId: number }> = {
  "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as { userId: number } }) }, // nothing here looks inside
};
