import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Alert } from "@longshore/signals";
import { deliveries } from "./deliveries.ts";
import { startRuntime } from "./runtime.ts";
import { localSecrets, signingSecret } from "./secrets.ts";
import { createSender } from "./sender.ts";

const HELP = `drill [--json]

A bad night to practise on, as docs/operating.md walks through it: runs apps/edge in workerd on this machine with a
subscriber whose last deployment lost a route, relays twelve webhooks to it until they are dead letters, and prints the
alert that follows. Export the lines that it prints, and act. POST to $SUBSCRIBER/fixed is the deployment that mends it.
Ends with Ctrl-C. Needs no network.

  --json   what to export, and then each alert, as one JSON object a line
  --help   print this
`;

const WEBHOOKS = 12;
/** What nobody wants to wait for, in ms; without it they are 30 s and 5 min. */
const HASTE = { DEV_LEASE_MS: "4000", DEV_SWEEP_MS: "1000" };

const given = process.argv.slice(2).filter((argument) => argument !== "--");
const json = given.includes("--json");
if (given.some((argument) => argument !== "--json")) {
  process.stdout.write(HELP);
  process.exit(given.some((argument) => argument === "--help" || argument === "-h") ? 0 : 2);
}
// The runtime is ended, and its folder removed, whenever this process exits.
for (const end of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(end, () => process.exit(0));

const subscriber = await startSubscriber((alert) => {
  const { rule, state, value, threshold, queue, severity } = alert.data;
  const why = state === "firing" ? `: ${value} > ${threshold} in ${queue}, ${severity}` : "";
  console.log(json ? JSON.stringify(alert) : `the alert ${rule} ${state}${why}`);
});
const secrets = localSecrets();
const { signal } = new AbortController();
console.error("starting the app in workerd …");
const runtime = await startRuntime(
  {
    ...secrets,
    ...HASTE,
    SUBSCRIBERS: JSON.stringify([{ name: "billing", url: subscriber, secret: signingSecret() }]),
    ALERT_WEBHOOK_URL: `${subscriber}/alerts`,
    ALERT_WEBHOOK_SECRET: signingSecret(),
    DEV_LOOPBACK: "allow",
  },
  () => {},
  signal,
);
await runtime.ready();
const exported = { APP: runtime.url, OPERATOR_TOKEN: secrets.OPERATOR_TOKEN, SUBSCRIBER: subscriber };
if (json) console.log(JSON.stringify(exported));
else for (const [name, value] of Object.entries(exported)) console.log(`export ${name}=${value}`);
console.error(`posting ${WEBHOOKS} webhooks, which will be dead letters …`);
await createSender(runtime.url, signal).sendAll(deliveries(secrets.GITHUB_WEBHOOK_SECRET).slice(0, WEBHOOKS));
for (;;) {
  // Cron triggers do not fire by themselves here.
  await runtime.trigger("*/5 * * * *");
  await delay(500);
}

/** Knows no route but the alerts', until it is mended. */
async function startSubscriber(hear: (alert: { readonly data: Alert }) => void): Promise<string> {
  let mended = false;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding was set
    if (request.url === "/fixed") mended = true;
    if (request.url === "/alerts") hear(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(mended || request.url === "/alerts" ? 204 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port, not on a pipe
}
