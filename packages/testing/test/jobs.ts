import { type Handler, type Logger, defineJob, exponential, handle } from "@longshore/core";
import { z } from "zod";

export const mail = defineJob("send-mail", {
  input: z.object({ to: z.string(), subject: z.string().default("hello"), tags: z.array(z.string()).optional() }),
  output: z.object({ sent: z.string() }),
  metadata: ({ to }) => ({ to }),
});
export const charge = defineJob("charge", {
  input: z.object({ order: z.number() }),
  retry: exponential({ attempts: 3, first: "1m", factor: 2, jitter: 0 }),
});

/** Handlers that tell what they did, and fail as often as they are told. */
export function handlers({ failures = 0 } = {}): { readonly did: string[]; readonly all: readonly Handler[] } {
  const did: string[] = [];
  let left = failures;
  return {
    did,
    all: [
      handle(mail, ({ to }) => {
        did.push(`mail ${to}`);
        return { sent: to };
      }),
      handle(charge, ({ order }, { attempt }) => {
        if (left-- > 0) throw new Error(`no money at attempt ${attempt}`);
        did.push(`charge ${order}`);
      }),
    ],
  };
}

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
