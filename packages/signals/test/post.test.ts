import { runInNewContext } from "node:vm";
import { LongshoreError } from "@longshore/core";
import { expect, test } from "vitest";
import { post, refusal, retryAfterMs } from "../src/post.ts";

const verdict = (status: number, header: string | null = null): string => {
  const error = refusal("billing", status, header, 0);
  if (error === undefined) return "taken";
  if (!(error instanceof LongshoreError)) return "again";
  return error.code === "retry_after" ? `again after ${error.delayMs} ms` : error.code;
};

test.each([
  [200, "taken"],
  [202, "taken"],
  [204, "taken"],
  [299, "taken"],
  [301, "again"],
  [302, "again"],
  [304, "again"],
  [307, "again"],
  [400, "non_retryable"],
  [401, "non_retryable"],
  [403, "non_retryable"],
  [404, "non_retryable"],
  [408, "again"],
  [409, "non_retryable"],
  [410, "non_retryable"],
  [413, "non_retryable"],
  [422, "non_retryable"],
  [425, "again"],
  [429, "again"],
  [500, "again"],
  [501, "again"],
  [502, "again"],
  [503, "again"],
  [504, "again"],
  [522, "again"],
])("the status %i means %s", (status, expected) => {
  expect(verdict(status)).toBe(expected);
});

test("only 429 and 503 are asked when to come back", () => {
  expect(verdict(429, "7")).toBe("again after 7000 ms");
  expect(verdict(503, "7")).toBe("again after 7000 ms");
  expect(verdict(500, "7")).toBe("again");
  expect(verdict(410, "7")).toBe("non_retryable");
});

test.each([
  ["120", 120_000],
  [" 5 ", 5_000],
  ["0", 1_000],
  ["86400", 3_600_000],
  ["99999999999999999999999", 3_600_000],
  ["Thu, 01 Jan 1970 00:02:00 GMT", 120_000],
  ["Wed, 31 Dec 1969 00:00:00 GMT", 1_000],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 3_600_000],
  ["soon", undefined],
  ["-5", undefined],
  ["1.5", undefined],
  ["", undefined],
  [null, undefined],
])("Retry-After: %s is %s ms", (header, expected) => {
  expect(retryAfterMs(header, 0)).toBe(expected);
});

test("a failure names the class of an error of another realm, and never the address", async () => {
  const fetch = (): Promise<Response> => Promise.reject(runInNewContext(`new TypeError("https://secret.example.com")`));
  const to = { who: "billing", url: "https://secret.example.com", headers: {}, body: "" };
  const sent = post({ ...to, signal: new AbortController().signal }, fetch);
  await expect(sent).rejects.toThrow(/^billing could not be reached \(TypeError\)\.$/);
});

test("whatever is missing or wrong of what is sent is refused in words, which show no address, and nothing is sent", async () => {
  let sent = 0;
  const fetch = async (): Promise<Response> => new Response(String(sent++));
  const { signal } = new AbortController();
  const fine = { who: "billing", url: "https://secret.example.com", headers: {}, body: "", signal };
  const odd = [
    ...["who", "url", "headers", "body", "signal"].map((name) => [name, undefined]),
    ...["who", "url", "headers", "body", "signal", "platform"].map((name) => [name, 5]),
    ["url", "ftp://secret.example.com"],
    ["quite_another_word", 1],
  ] as const;
  for (const [name, value] of odd) {
    const error: unknown = await post({ ...fine, [String(name)]: value }, fetch).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "invalid_option", message: expect.stringContaining(String(name)) });
    expect(String(error)).not.toContain("secret");
  }
  // @ts-expect-error nothing at all
  await expect(post()).rejects.toMatchObject({ code: "invalid_option" });
  // @ts-expect-error no function
  await expect(post(fine, 5)).rejects.toMatchObject({ code: "invalid_option" });
  expect(sent).toBe(0);
});
