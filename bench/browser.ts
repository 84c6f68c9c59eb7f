/** `pnpm bench:browser [--json]`: the browser's store beside a raw put and @workglow/indexeddb, in Debian's Chromium. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import type { BrowserFigures } from "./browser/page.ts";

const ROUNDS = 3;
const HELP = `pnpm bench:browser [--json]

Jobs per second that the browser's store enqueues and drains, beside a raw put for each job and beside @workglow/indexeddb,
and what a claim costs among a hundred and among a hundred thousand waiting jobs. Needs Debian's chromium.`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("browser/page.ts", import.meta.url))],
  bundle: true,
  format: "iife",
  platform: "browser",
  target: "es2022",
  write: false,
});
const script = outputFiles[0]?.text ?? "";
const server = createServer(({ url }, response) => {
  const isScript = url === "/script.js";
  response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
  response.end(isScript ? script : `<!doctype html><title>bench</title><script src="/script.js"></script>`);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo; // it listens on TCP
const profile = mkdtempSync(join(tmpdir(), "longshore-bench-"));
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
try {
  const browser = await chromium.launchPersistentContext(profile, { executablePath: "/usr/bin/chromium", args });
  const rounds: BrowserFigures[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    console.error(`round ${round} of ${ROUNDS}`);
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    rounds.push(await page.evaluate<BrowserFigures>("measure()"));
    await page.evaluate(
      "indexedDB.databases().then((all) => Promise.all(all.map(({ name }) => new Promise((done) => { const gone = indexedDB.deleteDatabase(name); gone.onsuccess = gone.onblocked = done; }))))",
    );
    await page.close();
  }
  await browser.close();
  if (values.json) console.log(JSON.stringify(rounds));
  else for (const round of rounds) console.log(round);
} finally {
  rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  server.close();
  server.closeAllConnections();
}
