import { describe, expect, test } from "vitest";
import { startInPage, startInServiceWorker } from "../src/hosts/index.ts";

const hosted = { start() {}, async stop() {}, async drain() {} };
const refused = (code: string) => expect.objectContaining({ code });

describe("a host refuses", () => {
  test.each([{}, { start() {}, async stop() {} }, { async drain() {} }])("what is no worker: %j", (given) => {
    expect(() => startInPage(given as typeof hosted)).toThrow(refused("invalid_option"));
  });

  test("options that it does not know, and values that they cannot have", () => {
    expect(() => startInPage(hosted, { needsNetwork: "yes" as never })).toThrow(refused("invalid_option"));
    expect(() => startInPage(hosted, { online: true } as never)).toThrow(refused("invalid_option"));
    expect(() => startInServiceWorker([hosted], { budget: "99ms" })).toThrow(refused("invalid_duration"));
    expect(() => startInServiceWorker([{} as never])).toThrow(refused("invalid_option"));
  });
});
