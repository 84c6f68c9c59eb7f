import { expect, test } from "vitest";
import { openState, storeOver } from "../src/index.ts";
import { format, job } from "./opened.ts";
import { oneConnection } from "./subject.ts";

test("the format of the tables grows with the first job that has a unique key, and one that has a limit, and not before", () => {
  const database = oneConnection();
  const store = storeOver(openState(database, {}));
  store.enqueue([job("a")]);
  expect(format(database)).toBe("1");
  store.enqueue([job("b", { unique: { key: "key", on: "keep" } })]);
  expect(format(database)).toBe("2");
  store.enqueue([job("c", { limits: { key: "key", running: 1 } })]);
  expect(format(database)).toBe("3");
});
