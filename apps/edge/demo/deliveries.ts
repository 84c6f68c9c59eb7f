import { createHmac } from "node:crypto";
import { createRequire } from "node:module";

/** A webhook as GitHub would send it. */
export type Delivery = {
  readonly id: string;
  readonly event: string;
  readonly body: string;
  readonly signature: string;
};

type Example = { readonly name: string; readonly examples: readonly unknown[] };

/** The real payloads that GitHub's developers collected, signed with our secret, each under an id that ends in its number. */
export function deliveries(secret: string): readonly Delivery[] {
  const require = createRequire(import.meta.url);
  const events = require("@octokit/webhooks-examples") as readonly Example[]; // its own types describe each event
  const payloads = events.flatMap(({ name, examples }) => examples.map((example) => ({ event: name, example })));
  return payloads.map(({ event, example }, number) => {
    const body = JSON.stringify(example);
    const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
    return { id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`, event, body, signature };
  });
}

/** The number of a delivery, from its id. */
export function numberOf(id: string): number {
  return Number(id.slice(-12));
}
