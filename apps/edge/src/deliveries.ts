import { type Handler, handle } from "@longshore/core";
import { z } from "zod";
import { digestDue, receiveDelivery, relayEvent } from "./jobs.ts";
import type { RecordKeeper } from "./records.ts";
import type { Settings } from "./settings.ts";
import { sha256 } from "./signatures.ts";
import { readSubscribers } from "./subscribers.ts";

/** The few fields that GitHub's events share. A missing or strange field is no reason to lose an event. */
const shared = z.object({
  action: z.string().nullable().catch(null),
  repository: z.object({ full_name: z.string() }).nullable().catch(null),
  sender: z.object({ login: z.string() }).nullable().catch(null),
});

/** Keeps a digest of a delivery, then enqueues one relay per subscriber in the operation that completes this job. */
export function deliveryHandler(settings: Settings, records: Pick<RecordKeeper, "keep">): Handler {
  return handle(receiveDelivery, async ({ delivery, event, repository: name, body, receivedAt }, context) => {
    const { action, repository, sender } = shared.parse(JSON.parse(body));
    await records.keep({
      delivery,
      event,
      action,
      repository: repository?.full_name ?? null,
      sender: sender?.login ?? null,
      sha256: await sha256(new TextEncoder().encode(body)),
      receivedAt,
    });
    for (const { name: subscriber } of readSubscribers(settings)) {
      context.enqueue(relayEvent.with({ delivery, event, repository: name, body, subscriber }));
    }
    if (name !== undefined) context.enqueue(digestDue.with({ repository: name }, { delay: "1m" }));
  });
}
