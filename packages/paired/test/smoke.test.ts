import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Counter } from "./worker.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      COUNTER: DurableObjectNamespace<Counter>;
    }
  }
}

test("a Durable Object runs SQL in workerd", async () => {
  const stub = env.COUNTER.getByName("a");
  expect(await stub.count()).toBe(2);
});
