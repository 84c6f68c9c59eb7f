import { defineJob } from "@longshore/core";
import { z } from "zod";

// Only definitions: the page imports them, too.

const item = z.strictObject({
  /** Made by the page, for what its user wrote or took. */
  item: z.string().regex(/^[A-Za-z0-9-]{1,100}$/),
  text: z.string().max(20_000),
  /** When, in ms since the epoch, by the clock of the page's machine. */
  takenAt: z.number(),
});

/** A note from a page of apps/field. */
export const fieldNote = defineJob("field-note", {
  input: item,
  queue: "field",
  keep: "60d",
  id: ({ item }) => `field-note:${item}`,
});

/** A photo from a page of apps/field, which has uploaded it before. */
export const fieldPhoto = defineJob("field-photo", {
  input: item.extend({ width: z.int().positive(), height: z.int().positive() }),
  queue: "field",
  keep: "60d",
  id: ({ item }) => `field-photo:${item}`,
});
