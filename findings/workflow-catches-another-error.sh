#!/bin/sh
# One would guess: what a step of a Cloudflare Workflow throws reaches the `catch` around `step.do` with its name and its fields, as what
# a service throws reaches its caller: since 2026-04-21 that is the default, and `error.code === "CARD_REFUSED"` decides whether the
# seats are given back or the payment is tried again.
# What miniflare 5.20261102.0-beta does, at a compatibility date half a year later: the call of a service is as guessed, the step is not.
# Its error is a plain `Error` without fields, and the name is a part of the message: "Refused: no seats". `NonRetryableError`
# cannot be told from an outage. With the flag `enhanced_error_serialization`, of which the runtime says that it need not be given any
# more, the step is as guessed, too. (The flag; or the outcome as a value that the step returns.) Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 miniflare@5.20261102.0-beta
cat >steps.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

const script = `
import { WorkerEntrypoint, WorkflowEntrypoint } from "cloudflare:workers";
import { NonRetryableError } from "cloudflare:workflows";
const refused = () => Object.assign(new Error("no seats"), { name: "Refused", code: "SOLD_OUT" });
const fatal = () => new NonRetryableError("no such card");
const told = ({ name, message, code }) => [name, message, code ?? "no code"].join(" | ");
const caught = (promise) => promise.catch(told);
export class Service extends WorkerEntrypoint {
  async reserve() {
    throw refused();
  }
}
export class Order extends WorkflowEntrypoint {
  async run(_event, step) {
    const once = { retries: { limit: 0, delay: 0 } };
    const fail = (name, error) => caught(step.do(name, once, async () => { throw error(); }));
    return {
      service: await caught(this.env.SERVICE.reserve()),
      step: await fail("reserve", refused),
      fatal: await fail("pay", fatal),
    };
  }
}
export default {
  async fetch(request, { ORDERS }) {
    if (request.method === "POST") await ORDERS.create({ id: "order" });
    return Response.json(await (await ORDERS.get("order")).status());
  },
};`;
const play = async (compatibilityFlags) => {
  const bindings = {
    serviceBindings: { SERVICE: { name: "orders", entrypoint: "Service" } },
    workflows: { ORDERS: { name: "orders", className: "Order" } },
  };
  const worker = { name: "orders", modules: true, script, compatibilityDate: "2026-11-02", compatibilityFlags, cf: false };
  const runtime = new Miniflare(convertV4MiniflareOptions({ ...worker, ...bindings }));
  const ask = async (method) => (await runtime.dispatchFetch("http://localhost/", { method })).json();
  let state = await ask("POST");
  for (let tries = 0; tries < 100 && state.status !== "complete"; tries++) {
    await sleep(100);
    state = await ask("GET");
  }
  await runtime.dispose();
  return state.output;
};
const seen = { byDate: await play([]), byFlag: await play(["enhanced_error_serialization"]) };
console.log(seen);
const whole = "Refused | no seats | SOLD_OUT";
const plain = { service: whole, step: "Error | Refused: no seats | no code", fatal: "Error | NonRetryableError: no such card | no code" };
const kept = { service: whole, step: whole, fatal: "NonRetryableError | no such card | no code" };
process.exit(JSON.stringify(seen) === JSON.stringify({ byDate: plain, byFlag: kept }) ? 0 : 1);
JS
node_modules/.bin/node steps.mjs 2>/dev/null
