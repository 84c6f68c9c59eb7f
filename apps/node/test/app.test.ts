import { afterEach, beforeEach, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import type { Order } from "../src/orders.ts";
import { openSqliteStorage } from "../src/sqlite-storage.ts";
import type { Storage } from "../src/storage.ts";

const order: Order = { id: "order-1", buyer: "somebody", items: [{ name: "a crate", quantity: 2 }] };

let storage: Storage;
let app: ReturnType<typeof createApp>;
beforeEach(() => {
  storage = openSqliteStorage(":memory:");
  app = createApp(storage, () => false);
});
afterEach(() => storage.close());

async function post(body: string): Promise<readonly [status: number, body: unknown]> {
  const response = await app.request("/orders", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return [response.status, await response.json()];
}

test("an order is stored with its job, and a repeated request adds neither", async () => {
  expect(await post(JSON.stringify(order))).toEqual([201, { id: "order-1", status: "added" }]);
  expect(await post(JSON.stringify(order))).toEqual([200, { id: "order-1", status: "known" }]);
  expect(await storage.findOrder("order-1")).toEqual({ ...order, confirmed: false });
  expect(await (await app.request("/status")).json()).toMatchObject({
    orders: 1,
    confirmed: 0,
    queues: [{ queue: "default", counts: { enqueued: 1 } }],
  });
});

test("orders that come at the same time are all stored, each with its job", async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_order, n) => post(JSON.stringify({ ...order, id: `order-${n}` }))),
  );
  expect(answers.map(([status]) => status)).toEqual(answers.map(() => 201));
  expect(await storage.jobs.counts()).toMatchObject([{ counts: { enqueued: 20 } }]);
});

test.each([
  ["no JSON", "{", "the body"],
  ["an empty list of items", JSON.stringify({ ...order, items: [] }), "items"],
  [
    "a fraction of a crate",
    JSON.stringify({ ...order, items: [{ name: "a crate", quantity: 0.5 }] }),
    "items.0.quantity",
  ],
  ["an id with a quote", JSON.stringify({ ...order, id: "a'b" }), "id"],
])("%s is refused, and says where", async (_what, body, where) => {
  expect(await post(body)).toEqual([400, { error: `This is no order: see ${where}.` }]);
  expect(await storage.countOrders()).toEqual({ orders: 0, confirmed: 0 });
});

test("too large a body is refused", async () => {
  const response = await app.request("/orders", { method: "POST", body: " ".repeat(100_001) });
  expect(response.status).toBe(413);
});

test("the operators' page is there with a password, and only for who has it", async () => {
  expect((await app.request("/ops/")).status).toBe(404);
  const password = "a password of enough length";
  const withPage = createApp(storage, () => false, password);
  expect((await withPage.request("/ops/")).status).toBe(401);
  const headers = { authorization: `Basic ${btoa(`operator:${password}`)}` };
  expect(await (await withPage.request("/ops/", { headers })).text()).toContain("<title>Jobs</title>");
  expect(await (await withPage.request("/ops/api/overview", { headers })).json()).toMatchObject({ queues: [] });
});
