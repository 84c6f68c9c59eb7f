import { createQueue, defineJob, systemPlatform } from "@longshore/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { memory } from "../src/index.ts";

const work = defineJob("work", { input: z.object({}) });
const claim = { queues: [{ name: "default", limit: 10 }], leaseMs: 1_000 };

test("F54: a clock that is set back makes nothing due that lies ahead, and takes no lease from its holder", async () => {
  let now = 1_000_000;
  const adapter = memory({ clock: () => now });
  const queue = createQueue(adapter, { platform: { ...systemPlatform, now: () => now } });
  await queue.enqueue(work, {}, { id: "held" });
  expect(await adapter.claim(claim)).toHaveLength(1);
  now += 5_000;
  await queue.enqueue(work, {}, { id: "due" });
  // Looks at the lease that is over, and takes nothing.
  await adapter.claim({ ...claim, queues: [{ name: "default", limit: 0 }] });
  now -= 4_500;
  expect((await adapter.get([{ id: "held" }]))[0]?.state).toBe("active");
  expect(await adapter.claim(claim)).toEqual([]);
  now += 4_500;
  expect((await adapter.claim(claim)).map(({ id }) => id)).toEqual(["held", "due"]);
});
