import type { Report } from "@longshore/conformance";
import { expect, test } from "vitest";
import { noChromium, runInPage } from "../chromium.ts";

const entry = new URL("../page/multiplied.ts", import.meta.url);
const seed = Date.now() % 1e6;

test("every call may be sent twice", async (context) => {
  if (noChromium !== undefined) context.skip(noChromium);
  const { passed, failed } = await runInPage<Report>(entry, "runTwice");
  expect(failed.map(({ name, error }) => `${name}: ${error}`).join("\n")).toBe("");
  expect(passed.length).toBeGreaterThan(300);
});

for (let n = 0; n < 4; n++) {
  test(`a random history over two connections answers as the model does (seed ${seed + n})`, async (context) => {
    if (noChromium !== undefined) context.skip(noChromium);
    await runInPage(entry, "runHistory", seed + n);
  });
}
