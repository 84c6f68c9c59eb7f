import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type AnyAdapter, type Report, cases, conformance, contractCases } from "@longshore/conformance";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { afterAll, describe, expect, test } from "vitest";
import { http, readManifest } from "../../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "http-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../runtimes/${entry}`, import.meta.url))],
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    external: ["cloudflare:*"],
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

type Told = { readonly report: Report; readonly pushed: readonly unknown[] };
/** What a process of a runtime tells, which serves itself on a port of its own. */
async function toldBy(binary: string, ...args: readonly string[]): Promise<Told> {
  const file = join(folder, "report.mjs");
  writeFileSync(file, await bundle("process.ts"));
  const env = { PATH: process.env["PATH"], HOME: folder, DENO_NO_UPDATE_CHECK: "1" };
  const { stdout } = await promisify(execFile)(binary, [...args, file], { cwd: folder, env, maxBuffer: 1e7 });
  return JSON.parse(stdout);
}

function expectPassed({ report: { passed, failed, skipped, lacks }, pushed }: Told): void {
  expect(pushed).toEqual([2, ["completed", 1], ["failed", 1]]);
  expect(failed.map(({ name, error }) => `${name}: ${error}`).join("\n")).toBe("");
  expect(passed.length + skipped.length).toBe(cases.length);
  // What the memory store lacks: everything else crosses.
  expect(lacks).toEqual([
    "it has no Carry (carry)",
    "it has no Close (close)",
    "it is a store",
    "it takes no part in transactions",
    "its delays have no limit",
    "its runs have no limit",
    "its trait durable is not true",
    "the subject cannot be reopened",
  ]);
}

test("the suite passes over sockets of Bun, which also runs what it is sent", async () => {
  expectPassed(await toldBy(fileURLToPath(import.meta.resolve("bun/bin/bun.exe")), "run"));
});

test("the suite passes over sockets of Deno, which may use the network and nothing else", async () => {
  const deno = fileURLToPath(import.meta.resolve("deno/bin.cjs"));
  expectPassed(await toldBy(deno, "run", "--allow-net=127.0.0.1", "--no-prompt", "--no-config"));
});

describe("a Durable Object behind Hono in workerd", async () => {
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: await bundle("worker.ts"),
      compatibilityDate: "2026-11-02",
      durableObjects: { KEEPER: { className: "Keeper", useSQLite: true } },
    }),
  );
  afterAll(() => runtime.dispose());
  const base = (await runtime.ready).href;
  const manifest = await readManifest({ url: `${base}manifest`, headers: { "test-now": "0" } });
  let made = 0;

  const checks = await conformance(({ clock }) => {
    const headers = () => ({ "test-now": String(clock.now()) });
    return { adapter: http({ url: `${base}case-${++made}`, manifest, headers }) as AnyAdapter }; // missing, not undefined
  }, contractCases);
  for (const { name, skip, run } of checks) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
