import { expect, test } from "vitest";
import { z } from "zod";
import type { Change, Update } from "../src/adapter.ts";
import { type JobEvent, createQueue, defineJob } from "../src/index.ts";
import { codeOf } from "./code-of.ts";
import { minimalAdapter } from "./minimal-adapter.ts";

const reminder = defineJob("reminder", {
  input: z.object({ text: z.string(), userId: z.number() }),
  version: "2",
  id: ({ userId }) => `reminder:${userId}`,
  metadata: ({ userId }) => ({ user_id: `${userId}` }),
});

/** A backend that has the job `reminder:42`, and what it was sent. */
function harbour() {
  const sent: Change[] = [];
  const update: Update = {
    async update(changes) {
      sent.push(...changes);
      return changes.map(({ id }) => ({ status: id === "reminder:42" ? "done" : "gone" }));
    },
  };
  const events: JobEvent[] = [];
  const adapter = { ...minimalAdapter(), ...update };
  return { queue: createQueue(adapter, { onEvent: (event) => events.push(event) }), sent, events };
}

test("update sends a new input with headers of its own, and tells a reference of what was done", async () => {
  const { queue, sent, events } = harbour();
  const ref = { id: "reminder:42", partition: "users" };
  const input = { text: "canary", userId: 7 };
  expect(await queue.update(reminder, ref, { input, delay: "1d", attempts: 2 })).toEqual({ status: "done" });
  expect(await queue.update(reminder, "reminder:1", { runAt: 5, priority: 0 })).toEqual({ status: "gone" });
  const headers = { v: "1", s: "2", a: "2", "m.user_id": "7" };
  expect(sent).toEqual([
    { ...ref, name: "reminder", due: { inMs: 86_400_000 }, data: { payload: JSON.stringify(input), headers } },
    { id: "reminder:1", name: "reminder", due: { at: 5 }, priority: 0 },
  ]);
  expect(events.map((event) => "ref" in event && [event.type, event.ref.id])).toEqual([["updated", "reminder:42"]]);
  expect(JSON.stringify(events)).not.toContain("canary");
});

test("update refuses what an enqueue refuses, and what has no input to go with, and sends nothing", async () => {
  const { queue, sent } = harbour();
  const code = (changes: object) => codeOf(() => queue.update(reminder, "reminder:42", changes));
  expect(await code({ input: { text: 1, userId: 7 } })).toBe("invalid_payload");
  expect(await code({ delay: "soon" })).toBe("invalid_duration");
  expect(await code({ delay: "1d", runAt: 5 })).toBe("invalid_option");
  expect(await code({ priority: 10 })).toBe("invalid_option");
  expect(await code({ attempts: 2 })).toBe("invalid_option");
  expect(await code({ metadata: { user_id: "7" } })).toBe("invalid_option");
  expect(await code({ queue: "other" })).toBe("invalid_option");
  expect(await codeOf(() => queue.update(reminder, "no id", {}))).toBe("invalid_id");
  expect(sent).toEqual([]);
});
