import { env } from "cloudflare:workers";
import { createQueue, defineJob, handle } from "@longshore/core";
import { expect, test, vi } from "vitest";
import { durableObjects } from "../src/index.ts";
import { anyInput } from "./schema.ts";
import { crew, gate, metering } from "./worker.ts";

test("a job of an object that its runner's adapter does not name keeps its lease for as long as it runs", async () => {
  const { opened, open } = gate();
  const aborted: boolean[] = [];
  const slow = defineJob("slow", { input: anyInput });
  metering.options = { lease: "300ms" };
  // Made for every object of the Worker, and no maker knows which of them calls.
  crew.adapter = { name: "the-default", lease: "300ms" };
  crew.handlers = [handle(slow, (_, { signal }) => opened.then(() => void aborted.push(signal.aborted)))];

  const queue = createQueue(durableObjects(env.METERED, { name: "a-tenant" }));
  const { id } = await queue.enqueue(slow, { n: 1 });
  const leaseEnd = async () => (await queue.get(id))?.dueAt ?? 0;
  const first = await leaseEnd();
  await vi.waitUntil(async () => (await leaseEnd()) > first + 600, { interval: 5, timeout: 200_000 });
  open();
  await vi.waitUntil(async () => (await queue.get(id))?.state === "completed", { interval: 5, timeout: 200_000 });
  expect(await queue.get(id)).toMatchObject({ attempt: 1, failures: [] });
  expect(aborted).toEqual([false]);
});
