import type { Job } from "@longshore/core";
import { fieldNote, fieldPhoto } from "@longshore/edge/field/jobs";
import { queue } from "./local.ts";
import { resizePhoto, uploadPhoto } from "./photos.ts";
import { write } from "./records.ts";

export type Stage = "resizing" | "waiting" | "sending" | "delivered" | "refused";

/** A note or a photo, as its jobs tell. */
export type Item = {
  readonly item: string;
  readonly kind: "note" | "photo";
  readonly text: string;
  readonly takenAt: number;
  readonly stage: Stage;
  /** Why it waits, or was refused. */
  readonly reason: string | undefined;
  /** The job that tells: of a photo, the last of three. */
  readonly job: Job;
};

/** The jobs of a photo, one after the other. */
const ORDER: readonly string[] = [resizePhoto.name, uploadPhoto.name, fieldPhoto.name];

/** Resolves when the note is kept on this machine. */
export async function keepNote(text: string): Promise<void> {
  await queue.enqueue(fieldNote, { item: crypto.randomUUID(), text, takenAt: Date.now() });
}

/** Resolves when the photo is kept on this machine: first its bytes, then the job. */
export async function keepPhoto(file: File): Promise<void> {
  const item = crypto.randomUUID();
  await write("photos", item, file);
  await queue.enqueue(resizePhoto, { item, text: file.name, takenAt: Date.now() });
}

/** Everything that this browser knows of, the newest first. */
export async function allItems(): Promise<readonly Item[]> {
  const jobs: Job[] = [];
  let cursor: string | undefined;
  do {
    const page: Awaited<ReturnType<typeof queue.list>> = await queue.list({ limit: 500, cursor });
    jobs.push(...page.jobs);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return newestOf(jobs);
}

/** The items of these jobs; each stands as its last job does. */
export function newestOf(jobs: readonly Job[]): readonly Item[] {
  const items = new Map<string, Item>();
  for (const job of jobs) {
    const found = itemOf(job);
    const known = items.get(found.item);
    if (known === undefined || ORDER.indexOf(job.name) > ORDER.indexOf(known.job.name)) items.set(found.item, found);
  }
  return [...items.values()].sort((a, b) => b.takenAt - a.takenAt);
}

function itemOf(job: Job): Item {
  const { item, text, takenAt } = job.input as Pick<Item, "item" | "text" | "takenAt">; // of every definition of this page
  const reason = job.state === "dead" ? job.failures.at(-1)?.message : (job.waitsFor ?? job.failures.at(-1)?.message);
  return {
    item,
    text,
    takenAt,
    kind: job.name === fieldNote.name ? "note" : "photo",
    stage: stageOf(job),
    reason,
    job,
  };
}

function stageOf({ name, state }: Job): Stage {
  if (state === "dead" || state === "cancelled") return "refused";
  if (name === resizePhoto.name) return "resizing";
  if (state === "completed") return name === uploadPhoto.name ? "sending" : "delivered";
  return state === "active" ? "sending" : "waiting";
}
