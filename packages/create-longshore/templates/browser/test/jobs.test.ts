import { testQueue } from "@longshore/testing";
import { expect, test } from "vitest";
import { type Note, createHandlers } from "../src/handlers.ts";
import { report, sendNote } from "../src/jobs.ts";
import { schedules } from "../src/schedules.ts";

const text = "Seen from the summit";

/** A queue on a clock that the test moves, with a server that fails at first as often as told. */
function setUp(failures = 0) {
  const notes: Note[] = [];
  const handlers = createHandlers({
    async send(note) {
      if (failures-- > 0) throw new Error("no connection today");
      notes.push(note);
    },
  });
  const silent = (): void => {};
  const log = { debug: silent, info: silent, warn: console.warn, error: console.error };
  return { notes, queue: testQueue({ handlers, schedules, log, logFailures: false }) };
}

test("a note is sent with the id of its job", async () => {
  const { notes, queue } = setUp();
  const { id } = await queue.enqueue(sendNote, { text });
  await queue.drain();
  expect(notes).toEqual([{ id, text }]);
});

test("a note that could not be sent is tried again", async () => {
  const { notes, queue } = setUp(2);
  await queue.enqueue(sendNote, { text });
  await queue.advance("1m");
  await queue.assertEnqueued(sendNote, { text }, { state: "completed" });
  expect(notes).toHaveLength(1);
});

test("after three failures it is a dead letter, which can be replayed", async () => {
  const { notes, queue } = setUp(3);
  const { id } = await queue.enqueue(sendNote, { text });
  await queue.advance("1m");
  await queue.assertEnqueued(sendNote, { text }, { state: "dead" });
  await queue.replay(id);
  await queue.drain();
  expect(notes).toHaveLength(1);
});

test("there is a report every five minutes", async () => {
  const { queue } = setUp();
  await queue.drain();
  await queue.advance("5m");
  await queue.assertEnqueued(report, {}, { state: "completed" });
});
