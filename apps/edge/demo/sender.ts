import { setTimeout as delay } from "node:timers/promises";
import type { Posted } from "./order.ts";
import type { Delivery } from "./deliveries.ts";

/** Posts webhooks as GitHub's redelivery would: again, with the same id, until the app has acknowledged it. */
export type Sender = {
  /** Deliveries that were acknowledged. */
  readonly accepted: ReadonlySet<string>;
  /** When each was posted first and acknowledged. */
  readonly posted: ReadonlyMap<string, Posted>;
  /** Acknowledgements that said: I have it already. */
  duplicates(): number;
  /** Requests that got no acknowledgement and were repeated. */
  repeats(): number;
  /** Resolves when all are acknowledged, some of them twice. */
  sendAll(deliveries: readonly Delivery[]): Promise<void>;
};

const CONCURRENCY = 6;
/** Between two posts of one lane: so that there is a half-way at which to kill. */
const PAUSE_MS = 150;
const AGAIN_MS = 150;
const TIMEOUT_MS = 5_000;

export function createSender(url: string, signal: AbortSignal): Sender {
  const accepted = new Set<string>();
  const posted = new Map<string, Posted>();
  let duplicates = 0;
  let repeats = 0;

  const post = async ({ id, event, repository, body, signature }: Delivery): Promise<void> => {
    const from = performance.now();
    for (;;) {
      signal.throwIfAborted();
      const headers = {
        "content-type": "application/json",
        "x-github-delivery": id,
        "x-github-event": event,
        "x-hub-signature-256": signature,
      };
      const timeout = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const response = await fetch(`${url}/webhooks/github`, { method: "POST", headers, body, signal: timeout }).catch(
        () => undefined,
      );
      await response?.arrayBuffer().catch(() => undefined);
      if (response?.ok) {
        accepted.add(id);
        if (!posted.has(id)) posted.set(id, { repository, from, until: performance.now() });
        if (response.status === 200) duplicates++;
        return;
      }
      if (response !== undefined && response.status < 500)
        throw new Error(`The app refused ${id}: ${response.status}.`);
      repeats++;
      await delay(AGAIN_MS, undefined, { signal });
    }
  };

  return {
    accepted,
    posted,
    duplicates: () => duplicates,
    repeats: () => repeats,
    async sendAll(deliveries) {
      const waiting = deliveries.flatMap((one, i) => (i % 6 === 0 ? [one, one] : [one]));
      const lane = async (): Promise<void> => {
        for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
          await post(one);
          await delay(PAUSE_MS, undefined, { signal });
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, lane));
    },
  };
}
