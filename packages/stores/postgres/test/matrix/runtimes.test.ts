import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Report } from "@longshore/conformance";
import { build } from "esbuild";
import { afterAll, describe, expect, inject, test } from "vitest";

const url = inject("postgres");
const folder = mkdtempSync(join(tmpdir(), "postgres-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The suite's report from a process of another runtime. */
async function reportOf(schema: string, binary: string, ...args: readonly string[]): Promise<Report> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../runtimes/process.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    // What pg has for libpq and for Cloudflare.
    external: ["pg-native", "cloudflare:*"],
    banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` },
    write: false,
  });
  const file = join(folder, `${schema}.mjs`);
  writeFileSync(file, outputFiles[0]?.text ?? "");
  const env = { PATH: process.env["PATH"], HOME: folder, DENO_NO_UPDATE_CHECK: "1" };
  const { stdout } = await promisify(execFile)(binary, [...args, file, url ?? "", schema], {
    cwd: folder,
    env,
    maxBuffer: 1e7,
  });
  return JSON.parse(stdout);
}

function expectPassed({ passed, failed }: Report): void {
  expect(failed.map(({ name, error }) => `${name}: ${error}`).join("\n")).toBe("");
  expect(passed.length).toBeGreaterThan(100);
}

describe.skipIf(url === undefined)("over pg, where there is a server", () => {
  test("the contract's suite passes in Bun", async () => {
    expectPassed(await reportOf("in_bun", fileURLToPath(import.meta.resolve("bun/bin/bun.exe")), "run"));
  });

  test("the contract's suite passes in Deno", async () => {
    const deno = fileURLToPath(import.meta.resolve("deno/bin.cjs"));
    expectPassed(await reportOf("in_deno", deno, "run", "--allow-all", "--no-prompt", "--no-config"));
  });
});
