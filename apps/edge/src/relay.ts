import { type Handler, handle, nonRetryable } from "@longshore/core";
import { type Fetch, post, webhookHeaders } from "@longshore/signals";
import { relayEvent } from "./jobs.ts";
import type { Settings } from "./settings.ts";
import { readSubscribers } from "./subscribers.ts";

/**
 * Sends an event to one subscriber, with the headers of Standard Webhooks. `webhook-id` is GitHub's id of the delivery,
 * the same on every attempt, so that the subscriber can drop duplicates.
 */
export function relayHandler(settings: Settings, fetch: Fetch): Handler {
  return handle(relayEvent, async ({ delivery, event, subscriber: name, body }, { signal }) => {
    // Read at each attempt, so that a changed address or secret applies from the next one on.
    const subscriber = readSubscribers(settings).find((one) => one.name === name);
    if (subscriber === undefined) throw nonRetryable(`${name} is no longer among the subscribers.`);
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = {
      ...(await webhookHeaders(subscriber.secret, { id: delivery, timestamp, body })),
      "content-type": "application/json",
      "user-agent": "longshore-edge",
      "x-github-event": event,
    };
    await post({ who: name, url: subscriber.url.href, headers, body, signal }, fetch);
  });
}
