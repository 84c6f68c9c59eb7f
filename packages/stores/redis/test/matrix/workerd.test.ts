import { connect } from "cloudflare:sockets";
import { type Make, conformance, contractCases } from "@longshore/conformance";
import { describe, inject, test } from "vitest";
import { redis } from "../../src/index.ts";
import { sockets } from "../../src/senders/sockets.ts";

const url = inject("redis");
let made = 0;

/** A connection of its own for each store: workerd closes it with the request, which is a test here. */
const make: Make = ({ clock }) => {
  const prefix = `{workerd-${++made}}:`;
  const open = () => redis({ ...sockets(connect, url ?? ""), prefix, clock: clock.now });
  const adapter = open();
  const opened = [adapter];
  const reopen = () => {
    const again = open();
    opened.push(again);
    return again;
  };
  const dispose = async (): Promise<void> => {
    for (const jobs of opened) await jobs.close();
  };
  return { adapter, reopen, dispose };
};

describe.skipIf(url === undefined)("over the sockets of workerd", async () => {
  if (url === undefined) return;
  for (const { name, skip, run } of await conformance(make, contractCases)) {
    test(name, { skip: skip !== undefined }, run);
  }
});
