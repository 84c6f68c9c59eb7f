import { handle } from "@longshore/core";
import { SpanStatusCode } from "@opentelemetry/api";
import { logs } from "opentelemetry-api-1.10";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { recorder } from "./recorder.ts";
import { greet, setting } from "./setting.ts";

// The API has logs since 1.10; with it an exception goes to the logger that is registered globally, whenever that is.

beforeEach(() => void vi.resetModules());
afterEach(() => {
  logs.disable();
  vi.doUnmock("@opentelemetry/api");
});

/** A job that fails at once, traced without a logger of its own; answers its span. */
async function fail() {
  const { options, consumer } = recorder();
  const { logger: _logger, ...tracing } = options;
  const { traceHandlers } = await import("../src/index.ts");
  const failing = handle(greet, () => {
    throw new RangeError("no");
  });
  const { adapter, queue } = setting({}, []);
  await queue.enqueue(greet, { userId: 1 });
  const { createWorker } = await import("@longshore/core");
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  await createWorker(adapter, { handlers: traceHandlers([failing], tracing), log: silent }).drain();
  return consumer();
}

describe("without a logger of one's own", () => {
  test("an exception goes to the one that is registered with the API", async () => {
    vi.doMock("@opentelemetry/api", () => import("opentelemetry-api-1.10"));
    const emitted: unknown[] = [];
    const scopes: unknown[] = [];
    const getLogger = (...scope: unknown[]) => {
      scopes.push(scope);
      return { emit: (record: object) => void emitted.push(record), enabled: () => true };
    };
    logs.setGlobalLoggerProvider({ getLogger });
    await fail();
    expect(scopes).toEqual([["@longshore/otel", expect.any(String), undefined]]);
    expect(emitted).toMatchObject([{ eventName: "messaging.process.exception" }]);
  });

  test.each([
    ["no logs SDK is registered", "opentelemetry-api-1.10"],
    ["the API is older and has no logs", "@opentelemetry/api"],
  ])("and where %s, the span says that it failed, and as what", async (_, api) => {
    if (api !== "@opentelemetry/api") vi.doMock("@opentelemetry/api", () => import("opentelemetry-api-1.10"));
    const span = await fail();
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(span.attributes).toMatchObject({ "error.type": "RangeError" });
    expect(span.events).toEqual([]);
  });
});
