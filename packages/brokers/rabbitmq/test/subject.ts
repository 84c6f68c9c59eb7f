import { AMQPClient } from "@cloudamqp/amqp-client";
import type { Clock, Make } from "@longshore/conformance";
import type { ClaimedJob, JobRunner } from "@longshore/core/adapter";
import { memory } from "@longshore/memory";
import { paired } from "@longshore/paired";
import type { Connect, Connection } from "../src/connection.ts";
import { type RabbitMQ, consume, rabbitmq } from "../src/index.ts";
import { quiet, signal } from "./setting.ts";
import { virtualLadder } from "./virtual-ladder.ts";

const LAST = "the last message of this delivery";
/** More than any case has waiting, so that all arrive before the first runs. */
const PREFETCH = 10_000;

type Run = (jobs: readonly ClaimedJob[]) => Promise<unknown>;

/**
 * Brokers over a real server, whose messages come through the real host. All use the same queues, which are emptied
 * before each; `prefix` must be nobody else's.
 */
export function makeOver(url: string, connect: Connect, prefix: string): Make {
  const world = worldOver(url, connect, prefix);
  return async ({ clock }) => {
    const { open, deliver, dispose } = await world(clock);
    let broker = open();
    return {
      adapter: broker,
      deliver: (run) => deliver(broker, { run, runCarried: run }),
      reopen() {
        broker = open();
        return broker;
      },
      dispose,
    };
  };
}

/** Pairs of the memory store and such a broker. */
export function pairOver(url: string, connect: Connect, prefix: string): Make {
  const world = worldOver(url, connect, prefix);
  return async ({ clock }) => {
    const { open, deliver, dispose } = await world(clock);
    const broker = open();
    const jobs = paired(memory({ clock: clock.now }), broker, { clock: clock.now });
    return {
      adapter: jobs,
      async deliver(run) {
        while ((await jobs.dispatchDue()).carried > 0) await deliver(broker, jobs.runner({ run }));
      },
      dispose,
    };
  };
}

type World = {
  open(): RabbitMQ;
  /** Delivers what is due to a host of its own. */
  deliver(broker: RabbitMQ, worker: Partial<Record<"run" | "runCarried", Run>>): Promise<void>;
  dispose(): Promise<void>;
};

function worldOver(url: string, connect: Connect, prefix: string): (clock: Clock) => Promise<World> {
  let tools: Promise<Tools> | undefined;
  return async (clock) => {
    tools ??= openTools(url, connect, prefix);
    const { empty, sendLast } = await tools;
    await empty();
    const ladder = virtualLadder(connect, clock.now);
    const opened: RabbitMQ[] = [];
    return {
      open() {
        const one = rabbitmq({ connect: ladder.connect, prefix, clock: clock.now });
        opened.push(one);
        return one;
      },
      async deliver(broker, { run, runCarried }) {
        await ladder.release();
        const { come, send } = signal();
        const held =
          (runJobs: Run): Run =>
          async (jobs) => {
            await come;
            await runJobs(jobs);
          };
        const consumer = consume({
          broker,
          worker: { ...(run && { run: held(run) }), ...(runCarried && { runCarried: held(runCarried) }) } as JobRunner, // one of them at least
          queues: { default: PREFETCH },
          foreign: ({ body }) => {
            if (body === LAST) send();
          },
          log: quiet,
        });
        await sendLast();
        await come;
        await consumer.stop({ grace: "1h" });
      },
      async dispose() {
        await Promise.all([ladder.close(), ...opened.map((one) => one.close())]);
      },
    };
  };
}

type Tools = { empty(): Promise<void>; sendLast(): Promise<void> };

/** What stays open for all of them. */
async function openTools(url: string, connect: Connect, prefix: string): Promise<Tools> {
  const names = ["queue.default", "dead"].map((name) => `${prefix}.${name}`);
  const client = new AMQPClient(url);
  await client.connect();
  const first = rabbitmq({ connect: virtualLadder(connect, Date.now).connect, prefix });
  const consumer = consume({
    broker: first,
    worker: { async run() {} },
    queues: { default: 1 },
    foreign() {},
    log: quiet,
  });
  const connection: Connection = await connect();
  const sendLast = async (): Promise<void> => {
    for (;;) {
      try {
        const id = `last-${Math.random()}`;
        const sent = await connection.publish({ id, exchange: "", key: `${prefix}.queue.default`, body: LAST });
        if (sent === "confirmed") return;
      } catch {
        // The server refuses messages for a queue that it is just making.
      }
    }
  };
  await sendLast();
  await consumer.stop();
  await first.close();
  const channel = await client.channel();
  return {
    sendLast,
    async empty() {
      for (const name of names) await channel.queuePurge(name);
    },
  };
}
