import { type Make, conformance, everyCallTwice } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { afterAll, describe, test } from "vitest";
import { openSockets } from "../sockets.ts";
import { overHttp } from "../subject.ts";

const sockets = await openSockets();
afterAll(() => sockets.close());

const make: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) });

describe.each([
  ["over sockets", overHttp(make, sockets)],
  ["over sockets, each call sent twice", everyCallTwice(overHttp(make, sockets))],
])("the memory store %s", async (_, subject) => {
  for (const { name, skip, run } of await conformance(subject)) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
