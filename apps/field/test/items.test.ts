import type { Job } from "@longshore/core";
import { fieldNote, fieldPhoto } from "@longshore/edge/field/jobs";
import { describe, expect, test } from "vitest";
import { newestOf } from "../src/items.ts";
import { resizePhoto, uploadPhoto } from "../src/photos.ts";

const input = { item: "1", text: "a.webp", takenAt: 1 };
const job = (name: string, state: Job["state"], more: Partial<Job> = {}): Job => ({
  id: `${name}:1`,
  name,
  queue: "any",
  state,
  priority: 4,
  attempt: 0,
  input,
  result: undefined,
  metadata: {},
  enqueuedAt: 1,
  dueAt: 1,
  failures: [],
  ...more,
});

describe("an item stands as its last job does", () => {
  test.each([
    ["is resized", [job(resizePhoto.name, "active")], "resizing"],
    ["waits for its upload", [job(resizePhoto.name, "completed"), job(uploadPhoto.name, "failed")], "waiting"],
    ["is handed over", [job(fieldPhoto.name, "active"), job(uploadPhoto.name, "completed")], "sending"],
    ["is delivered", [job(fieldPhoto.name, "completed"), job(resizePhoto.name, "completed")], "delivered"],
  ] as const)("a photo that %s", (_, jobs, stage) => {
    expect(newestOf(jobs)).toMatchObject([{ item: "1", kind: "photo", stage }]);
  });

  test("a note that was refused, with the server's reason", () => {
    const failures = [{ message: "forbidden", at: 1, attempt: 1 }] as unknown as Job["failures"];
    expect(newestOf([job(fieldNote.name, "dead", { failures })])).toMatchObject([
      { kind: "note", stage: "refused", reason: "forbidden" },
    ]);
  });

  test("the newest is first", () => {
    const later = { input: { ...input, item: "2", takenAt: 2 } };
    expect(
      newestOf([job(fieldNote.name, "enqueued"), job(fieldNote.name, "enqueued", later)]).map(({ item }) => item),
    ).toEqual(["2", "1"]);
  });
});
