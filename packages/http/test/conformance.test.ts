import { conformance, contractCases } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { afterAll, describe, test } from "vitest";
import { openSockets } from "./sockets.ts";
import { overHttp } from "./subject.ts";

const sockets = await openSockets();
afterAll(() => sockets.close());

// The core over it, each call sent twice, and other runtimes: test/matrix.
const subject = overHttp(({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) }), sockets);
const checks = await conformance(subject, contractCases);

describe("the memory store over sockets", () => {
  for (const { name, skip, run } of checks) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
