import { expect, test } from "vitest";
import type { DeliveredMessage } from "../src/connection.ts";
import { createHands } from "../src/hands.ts";

type Noted = DeliveredMessage & { readonly decisions: string[] };

/** `alive`: its channel still takes decisions. */
function delivery(id: string | undefined, { deliveries = 1, alive = true } = {}): Noted {
  const decisions: string[] = [];
  const decide = async (what: string): Promise<void> => {
    if (!alive) throw new Error("its channel has ended");
    decisions.push(what);
  };
  return { id, body: "job", deliveries, decisions, ack: () => decide("ack"), requeue: () => decide("requeue") };
}

test("a message that comes again while it is in hand is not handed out twice, and its new delivery is acknowledged", async () => {
  const hands = createHands(() => "made");
  const first = delivery("m1", { alive: false });
  const again = delivery("m1", { deliveries: 2 });
  const held = hands.take(first);
  expect(hands.take(again)).toBe(undefined);
  await held?.ack();
  expect(again.decisions).toEqual(["ack"]);
});

test("a message whose acknowledgement was lost is acknowledged when it comes again, and not handed out", async () => {
  const hands = createHands(() => "made");
  const held = hands.take(delivery("m1", { alive: false }));
  await held?.ack();
  expect(held?.acknowledged).toBe(true);
  const again = delivery("m1", { deliveries: 2 });
  expect(hands.take(again)).toBe(undefined);
  expect(again.decisions).toEqual(["ack"]);
});

test("a message that was given up is requeued, and handed out again", async () => {
  const hands = createHands(() => "made");
  const first = delivery("m1");
  await hands.take(first)?.drop();
  expect(first.decisions).toEqual(["requeue"]);
  expect(hands.take(delivery("m1", { deliveries: 2 }))?.deliveries).toBe(2);
});

test("messages without an id are never taken for each other", () => {
  let made = 0;
  const hands = createHands(() => `made-${++made}`);
  expect([hands.take(delivery(undefined)), hands.take(delivery(undefined))].map((held) => held?.id)).toEqual([
    "made-1",
    "made-2",
  ]);
});

test("of twenty thousand messages the last ten thousand are remembered", async () => {
  const hands = createHands(() => "made");
  for (let n = 0; n < 20_001; n++) await hands.take(delivery(`m${n}`))?.ack();
  expect(hands.take(delivery("m20000"))).toBe(undefined);
  expect(hands.take(delivery("m10001"))).toBe(undefined);
  expect(hands.take(delivery("m10000"))?.id).toBe("m10000");
});
