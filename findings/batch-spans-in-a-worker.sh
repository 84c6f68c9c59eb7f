#!/bin/sh
# One would guess: OpenTelemetry's BatchSpanProcessor, which OpenTelemetry's pages show and which needs nothing of Node, sends a Worker's spans
# after its delay as elsewhere, or at least while a request keeps the Worker going by `waitUntil`.
# What @opentelemetry/sdk-trace-base 2.12.1 in workerd (miniflare 5.20261102.0-beta) does: the first span sets its timer, which belongs to that
# request and ends with it. The processor goes on waiting for it and sets no other one, so no span of any later request is sent,
# however long that one lasts: none of 6 here, until `forceFlush()` sends them all. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 esbuild@0.25.0 miniflare@5.20261102.0-beta @opentelemetry/api@1.9.1 @opentelemetry/sdk-trace-base@2.12.1
npm rebuild --silent node esbuild workerd >/dev/null 2>&1 || true # for an npm that runs no scripts at an installation
cat >worker.mjs <<'JS'
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

let sent = 0;
const exporter = { export: (spans, done) => ((sent += spans.length), done({ code: 0 })), shutdown: async () => {} };
const spans = new BatchSpanProcessor(exporter, { scheduledDelayMillis: 100 });
const tracer = new BasicTracerProvider({ spanProcessors: [spans] }).getTracer("worker");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export default {
  async fetch({ url }, _env, ctx) {
    const { pathname } = new URL(url);
    if (pathname === "/flush") await spans.forceFlush();
    if (pathname === "/short" || pathname === "/long") tracer.startSpan(pathname).end();
    if (pathname === "/long") ctx.waitUntil(sleep(1_000)); // ten times the delay
    return Response.json(sent);
  },
};
JS
cat >run.mjs <<'JS'
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

const { outputFiles } = await build({
  entryPoints: ["worker.mjs"],
  bundle: true,
  format: "esm",
  write: false,
  conditions: ["workerd", "worker", "browser"],
});
const script = outputFiles[0].text;
const runtime = new Miniflare(convertV4MiniflareOptions({ modules: true, script, compatibilityDate: "2026-11-02", cf: false }));
const get = async (path) => (await runtime.dispatchFetch(`http://localhost${path}`)).json();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
for (const path of ["/short", "/short", "/short", "/long", "/long", "/long"]) {
  await get(path);
  await sleep(1_500);
}
const seen = { sent: await get("/sent"), "after forceFlush": await get("/flush") };
await runtime.dispose();
console.log(JSON.stringify(seen));
process.exit(seen.sent === 0 && seen["after forceFlush"] === 6 ? 0 : 1);
JS
node_modules/.bin/node run.mjs
