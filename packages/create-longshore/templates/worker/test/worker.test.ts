import { env, exports } from "cloudflare:workers";
import { createQueue } from "@longshore/core";
import { durableObjects } from "@longshore/durable-objects";
import { expect, test, vi } from "vitest";
import type * as main from "../src/index.ts";
import type { Env as Bindings } from "../src/store.ts";

declare global {
  namespace Cloudflare {
    interface Env extends Bindings {}
    interface GlobalProps {
      mainModule: typeof main;
    }
  }
}

const call = (path: string, init?: RequestInit): Promise<Response> =>
  exports.default.fetch(`https://example.com${path}`, init);

test("a sign-up makes a job, which is done", async () => {
  const response = await call("/sign-ups", { method: "POST", body: '{"email":"user@example.com"}' });
  expect(response.status).toBe(202);
  const { id } = await response.json<{ id: string }>();
  const queue = createQueue(durableObjects(env.JOBS));
  await vi.waitFor(async () => expect((await queue.get(id))?.state).toBe("completed"), { timeout: 100_000 });
});

test("what is no sign-up is refused", async () => {
  expect((await call("/sign-ups", { method: "POST", body: '{"email":"nobody"}' })).status).toBe(400);
});

test("the dashboard is for who has the password", async () => {
  const page = async (password: string): Promise<number> => {
    const headers = { authorization: `Basic ${btoa(`operator:${password}`)}` };
    return (await call("/ops/", { headers })).status;
  };
  expect(await page("a password for this test")).toBe(200);
  expect(await page("a guess")).toBe(401);
});

test("the command line is for who has the token", async () => {
  const manifest = async (token: string): Promise<number> =>
    (await call("/jobs/manifest", { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await manifest("a-token-for-this-test")).toBe(200);
  expect(await manifest("a-guess-for-this-test")).toBe(401);
});
