import { PGlite } from "@electric-sql/pglite";
import { postgres } from "@longshore/postgres";
import { afterAll, expect, test } from "vitest";
import { createApp } from "../src/app.ts";

const PASSWORD = "a password for this test";

const db = await PGlite.create();
const adapter = postgres(db);
await adapter.migrate();
afterAll(async () => {
  await adapter.close();
  await db.close();
});

function signUp(body: string): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body };
}

test("a sign-up makes a job, and what is none makes none", async () => {
  const app = createApp(adapter, PASSWORD);
  expect((await app.request("/sign-ups", signUp('{"email":"user@example.com"}'))).status).toBe(202);
  expect((await app.request("/sign-ups", signUp('{"email":"nobody"}'))).status).toBe(400);
  expect(await adapter.counts()).toMatchObject([{ queue: "default", counts: { enqueued: 1 } }]);
});

test("the dashboard is for who has the password", async () => {
  const page = (password: string): RequestInit => ({
    headers: { authorization: `Basic ${btoa(`operator:${password}`)}` },
  });
  expect((await createApp(adapter, PASSWORD).request("/ops/", page(PASSWORD))).status).toBe(200);
  expect((await createApp(adapter, PASSWORD).request("/ops/", page("a guess"))).status).toBe(401);
  expect((await createApp(adapter, undefined).request("/ops/", page("undefined"))).status).toBe(404);
});
