import { expect, test } from "vitest";
import { openIdIndex } from "../src/id-index.ts";

test("an index of ids forgets chunks that stand no more, and does not grow by them", () => {
  const standing = new Set<number>();
  const index = openIdIndex((chunk) => standing.has(chunk));
  for (let chunk = 1; chunk <= 2_000; chunk++) {
    standing.add(chunk);
    standing.delete(chunk - 3);
    for (let n = 0; n < 50; n++) index.add(`job-${n}`, chunk);
  }
  expect(index.chunksOf("job-7").toSorted()).toEqual([1_998, 1_999, 2_000]);
  index.remove("job-7", 1_999);
  expect(index.chunksOf("job-7").toSorted()).toEqual([1_998, 2_000]);
  expect(index.chunksOf("job-8").length).toBe(3);
  expect(index.chunksOf("nobody")).toEqual([]);
});
