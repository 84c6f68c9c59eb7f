import { AMQPClient } from "@cloudamqp/amqp-client";
import { completionCases, conformance, contractCases } from "@longshore/conformance";
import { describe, inject, test } from "vitest";
import { overAmqpClient } from "../src/index.ts";
import { makeOver } from "./subject.ts";

const url = inject("rabbitmq");

describe.skipIf(url === undefined)("over a real server", async () => {
  if (url === undefined) return;
  const make = makeOver(
    url,
    overAmqpClient(() => new AMQPClient(url)),
    "suite",
  );
  // The rest of the core over it, amqplib, the pair and a Worker: test/matrix.
  for (const { name, skip, run } of await conformance(make, [...contractCases, ...completionCases])) {
    test(name, async (context) => {
      if (skip !== undefined) context.skip(skip);
      await run();
    });
  }
});
