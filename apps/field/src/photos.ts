import { defineJob, exponential, handle, nonRetryable, snooze } from "@longshore/core";
import { fieldPhoto } from "@longshore/edge/field/jobs";
import { z } from "zod";
import { read, write } from "./records.ts";
import { fetchSigned } from "./session.ts";

const photo = z.object({ item: z.string(), text: z.string(), takenAt: z.number() });
/** While there is no way to a server that answers, a photo waits for hours. */
const patient = exponential({ first: "1s", max: "5m", attempts: 200 });

export const resizePhoto = defineJob("resize-photo", {
  input: photo,
  queue: "resizing",
  id: ({ item }) => `resize:${item}`,
  keep: "1d",
});

export const uploadPhoto = defineJob("upload-photo", {
  input: photo.extend({ width: z.number(), height: z.number() }),
  queue: "uploads",
  retry: patient,
  timeout: "2m",
  id: ({ item }) => `upload:${item}`,
  keep: "1d",
});

const LONGEST_SIDE = 1_600;

/** Puts a small copy in the place of the photo. Done again, it makes a copy of the copy, which is as large. */
export const resizeHandler = handle(resizePhoto, async (input, context) => {
  const original = await read<Blob>("photos", input.item);
  if (original === undefined) throw nonRetryable("The photo is gone: the site's data was cleared.");
  const image = await createImageBitmap(original).catch(() => {
    throw nonRetryable("The browser cannot read this picture.");
  });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.drawImage(image, 0, 0, width, height);
  image.close();
  await write("photos", input.item, await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 }));
  context.enqueue(uploadPhoto.with({ ...input, width, height }));
});

/** Sends the copy; its place at the server is its id, so a second time changes nothing. */
export const uploadHandler = handle(uploadPhoto, async (input, context) => {
  const body = await read<Blob>("photos", input.item);
  if (body === undefined) throw nonRetryable("The photo is gone: the site's data was cleared.");
  const headers = { "content-type": "image/jpeg" };
  const { signal } = context;
  const { ok, status } = await fetchSigned(`/field/photos/${input.item}`, { method: "PUT", body, headers, signal });
  if (status === 401) throw snooze("30s", "Sign in again.");
  if (!ok) throw new Error(`The server answered ${status}.`);
  context.enqueue(fieldPhoto.with(input));
});
