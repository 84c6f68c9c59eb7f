import { z } from "zod";
import { destination } from "./destination.ts";
import { type Settings, configured } from "./settings.ts";

/** Receives the events. */
export type Subscriber = { readonly name: string; readonly url: URL; readonly secret: string };

/** 24 to 64 bytes in base64, as Standard Webhooks asks. */
const SECRET = /^whsec_(?=.{32,88}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const subscriber = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,40}$/),
  url: z.string().max(2_000),
  secret: z.string().regex(SECRET),
});
const list = z
  .array(subscriber)
  .max(20)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "two of the same name");

/**
 * Reads `SUBSCRIBERS` and checks the addresses, on each use. The error says what is wrong but quotes nothing: the value
 * contains secrets, and addresses that may be secret.
 */
export function readSubscribers(settings: Settings): readonly Subscriber[] {
  const text = configured(settings.SUBSCRIBERS);
  if (text === undefined) return [];
  const read = list.safeParse(parse(text));
  if (!read.success) {
    const where = read.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`).join("; ");
    throw new Error(`SUBSCRIBERS does not fit: ${where}.`);
  }
  const loopback = settings.DEV_LOOPBACK === "allow";
  return read.data.map(({ name, url, secret }) => ({
    name,
    url: destination(`In SUBSCRIBERS the URL of ${name}`, url, { loopback }),
    secret,
  }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the parser's own message quotes the input
  }
}
