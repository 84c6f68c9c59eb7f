import { expect, test } from "vitest";
import { adapterTable, tableInReadme } from "../table.ts";

test("the README's table of adapters says what the adapters' traits say: node docs/table.ts --write", () => {
  expect(tableInReadme()).toBe(adapterTable());
});
