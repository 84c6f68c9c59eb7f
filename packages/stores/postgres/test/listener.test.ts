import { expect, test } from "vitest";
import { listenWith, postgres } from "../src/index.ts";

const rows = async (): Promise<readonly object[]> => [];

test("what is no function is refused where it is handed over", () => {
  for (const wrong of [undefined, "postgres://localhost", { connect() {} }]) {
    expect(() => listenWith(wrong as never)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  }
});

test("a client that cannot be made is told, and ends no process", async () => {
  const told: unknown[] = [];
  const log = { ...console, warn: (fields: unknown) => void told.push(fields) };
  const listen = listenWith(() => {
    throw new Error("no address");
  });
  const jobs = postgres(rows, { listen, log });
  const forget = jobs.onWake(() => {});
  await jobs.close();
  forget();
  expect(told).toEqual([
    expect.objectContaining({ message: expect.stringContaining("could not be listened to"), error: expect.anything() }),
  ]);
});
