import { createRequire } from "node:module";
import type { Order } from "../src/orders.ts";

type Example = { readonly name: string; readonly examples: readonly Payload[] };
type Payload = { readonly sender?: { readonly login?: string }; readonly repository?: { readonly full_name?: string } };

/** An order for each of the real events that GitHub's developers collected: who caused it buys what it happened to. */
export function orders(): readonly Order[] {
  const require = createRequire(import.meta.url);
  const events = require("@octokit/webhooks-examples") as readonly Example[]; // its own types describe each event
  const payloads = events.flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));
  return payloads.map(({ name, payload: { sender, repository } }, number) => ({
    id: `order-${number}`,
    buyer: sender?.login ?? "nobody",
    items: [{ name: `${name} of ${repository?.full_name ?? "no repository"}`, quantity: 1 + (number % 9) }],
  }));
}
