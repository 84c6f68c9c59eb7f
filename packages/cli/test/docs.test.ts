import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { sqlite } from "@longshore/sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BIN } from "./bin.ts";
import { fill } from "./jobs.ts";

const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");
const setup = [...page.matchAll(/^```sh setup\n(.*?)^```/gms)].map(([, code]) => code).join("");
const steps = [...page.matchAll(/^```sh run\n(.*?)^```\n\n```text\n(.*?)^```/gms)];

const folder = mkdtempSync(join(tmpdir(), "longshore-docs-"));

beforeAll(async () => {
  const store = sqlite(join(folder, "jobs.db"));
  await fill(store);
  await store.close();
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/longshore"), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`, {
    mode: 0o755,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A line of the page as a pattern: `…` is anything, but for one in quotes, and columns are as wide as they need to be. */
function patternOf(text: string): RegExp {
  const lines = text.trimEnd().split("\n");
  const patterns = lines.map((line) =>
    line
      .trimEnd()
      .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll(/(?<!")…(?!")/g, String.raw`\S+`)
      .replaceAll(/ {2,}/g, " +"),
  );
  return new RegExp(`^${patterns.join("\n")}\n$`);
}

test("the page has commands", () => expect(steps.length).toBeGreaterThan(6));

for (const [, code = "", answer = ""] of steps) {
  test(`docs/cli.md: ${code.split("\n")[0]}`, () => {
    const env = { PATH: `${join(folder, "bin")}:${process.env["PATH"]}` };
    const out = execFileSync("sh", ["-c", setup + code], { cwd: folder, env, encoding: "utf8" });
    expect(out).toMatch(patternOf(answer));
  });
}
