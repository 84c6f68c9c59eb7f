import { createQueue, createWorker, defineJob, every, fixed, handle, schedule } from "@longshore/core";
import type { ListSchedules, Presence, Store, Traits } from "@longshore/core/adapter";
import { z } from "zod";

export type AnyStore = Store<Traits & { readonly unique: true }> & ListSchedules & Presence;

export const mail = defineJob("send-mail", {
  input: z.object({ user: z.string(), secret: z.string() }),
  queue: "mail",
  output: z.object({ sent: z.boolean() }),
  retry: fixed({ attempts: 1, delay: 0 }),
  id: ({ user }) => `mail:${user}`,
  metadata: ({ user }) => ({ user }),
});

const SECRET = "only-for-those-who-ask";

const send = (user: string) => mail.with({ user, secret: SECRET });

/**
 * Three jobs of mail and a schedule: that of `author` is completed, those of `editor` and `reader` are dead, that of
 * `later` waits.
 */
export async function fill(store: AnyStore): Promise<void> {
  const queue = createQueue(store);
  await queue.enqueueMany(["author", "editor", "reader"].map(send));
  const handler = handle(mail, ({ user }) => {
    if (user === "editor") throw new Error("503 Service Unavailable");
    if (user === "reader") throw new Error('no address of "reader"');
    return { sent: true };
  });
  const worker = createWorker(store, {
    handlers: [handler],
    schedules: [schedule("weekly", every("7d"), send("all"))],
    logFailures: false,
  });
  await worker.drain();
  await worker.tick();
  await queue.enqueue(mail, { user: "later", secret: SECRET }, { delay: "1h" });
}
