import { AMQPClient } from "@cloudamqp/amqp-client";
import { checkAgainstModel, conformance, contractCases, pipelineCases } from "@longshore/conformance";
import amqplib from "amqplib";
import { describe, inject, test } from "vitest";
import { overAmqpClient, overAmqplib } from "../../src/index.ts";
import { makeOver, pairOver } from "../subject.ts";

const url = inject("rabbitmq");
/** Another one each time; a failure names it. */
const fresh = Math.floor(Math.random() * 2 ** 31);
const DAY = "a day of deliveries, each of which asks the server a dozen times: over the fake queue they take seconds";
const never: Readonly<Record<string, string>> = {
  "the day for which a job waits for a worker that can run it counts all reasons together, and starts anew after an attempt":
    DAY,
  "a job whose input every schema refuses for a day is a dead letter that names the place, and quotes nothing": DAY,
  "a job whose name no worker knows for a day is a dead letter with that reason": DAY,
};

describe.skipIf(url === undefined)("over a real server", async () => {
  if (url === undefined) return;
  const amqpClient = overAmqpClient(() => new AMQPClient(url));
  const suites = {
    "by amqp-client, the core over it": await conformance(makeOver(url, amqpClient, "core"), pipelineCases),
    "by amqplib": await conformance(
      makeOver(
        url,
        overAmqplib(() => amqplib.connect(url)),
        "amqplib",
      ),
      contractCases,
    ),
    "a pair of the memory store and RabbitMQ": await conformance(pairOver(url, amqpClient, "pair"), contractCases),
  };
  describe.each(Object.entries(suites))("%s", (_, checks) => {
    for (const { name, skip, run } of checks) {
      test(name, async (context) => {
        const reason = skip ?? never[name];
        if (reason !== undefined) context.skip(reason);
        await run();
      });
    }
  });

  test.each([fresh])("random jobs come out as a broker's model says (seed %i)", (seed) =>
    checkAgainstModel(makeOver(url, amqpClient, `model-${seed}`), { seed, operations: 60 }),
  );
});
