import { EventEmitter } from "node:events";
import type { LogEntry } from "@longshore/core";
import { expect, test } from "vitest";
import { listenWith, postgres } from "../src/index.ts";

const rows = async (): Promise<readonly object[]> => [];

test("what is no function is refused where it is handed over", () => {
  for (const wrong of [undefined, "postgres://localhost", { connect() {} }]) {
    expect(() => listenWith(wrong as never)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  }
});

test("a client that cannot be made is told, and ends no process", async () => {
  const told: unknown[] = [];
  const log = { ...console, warn: (fields: unknown) => void told.push(fields) };
  const listen = listenWith(() => {
    throw new Error("no address");
  });
  const jobs = postgres(rows, { listen, log });
  const forget = jobs.onWake(() => {});
  await jobs.close();
  forget();
  expect(told).toEqual([
    expect.objectContaining({ message: expect.stringContaining("could not be listened to"), error: expect.anything() }),
  ]);
});

test("an outage of the listening connection is told once, however often it is tried, and the next one again", async () => {
  const told: LogEntry[] = [];
  const clients: EventEmitter[] = [];
  // Which connections can be had: none at first, then one, which breaks, and none again after that.
  const answers = [false, false, false, true, false, false, true];
  const makeClient = () => {
    const works = answers[clients.length];
    const client = Object.assign(new EventEmitter(), {
      connect: () => (works ? Promise.resolve() : Promise.reject(new Error("connect ECONNREFUSED"))),
      query: () => Promise.resolve(),
      end: () => Promise.resolve(),
    });
    clients.push(client);
    return client;
  };
  let ring = (): void => {};
  const heard = (): Promise<void> => new Promise((resolve) => (ring = resolve));
  const first = heard();
  const stop = await listenWith(makeClient, { log: { ...console, warn: (entry) => void told.push(entry) } })(
    "jobs",
    () => ring(),
  );
  await first;
  expect(told).toEqual([
    expect.objectContaining({
      message: expect.stringContaining("when they poll"),
      error: "Error: connect ECONNREFUSED",
    }),
  ]);
  const second = heard();
  clients.at(-1)?.emit("error", new Error("terminated by an administrator"));
  await second;
  expect(clients).toHaveLength(answers.length);
  expect(told.map(({ error }) => error)).toEqual([
    "Error: connect ECONNREFUSED",
    "Error: terminated by an administrator",
  ]);
  await (stop as () => unknown)();
});

test("a listening client that cannot be made again is told, too, and not once it was stopped", async () => {
  const told: LogEntry[] = [];
  const client = Object.assign(new EventEmitter(), {
    connect: () => Promise.resolve(),
    query: () => Promise.resolve(),
    end: async () => void client.emit("end"),
  });
  let made = 0;
  const makeClient = () => {
    if (++made === 2) throw new Error("no address");
    return client;
  };
  let ring = (): void => {};
  const heard = (): Promise<void> => new Promise((resolve) => (ring = resolve));
  const first = heard();
  const stop = await listenWith(makeClient, { log: { ...console, warn: (entry) => void told.push(entry) } })(
    "jobs",
    () => ring(),
  );
  await first;
  const again = heard();
  client.emit("end");
  await again;
  expect([made, told.length]).toEqual([3, 1]);
  await (stop as () => unknown)();
  expect(told).toHaveLength(1);
});
