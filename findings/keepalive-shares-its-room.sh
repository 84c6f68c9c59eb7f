#!/bin/sh
# One would guess: what a page has still to send as it is left, three jobs of 30 KB, goes by `fetch` with `keepalive: true`, whose body
# may have 64 KB, or by `sendBeacon`: each of them is small enough.
# What Chromium and Firefox do: the 64 KB are for all bodies that are under way with keepalive, of whatever call. The third of three
# is refused, by an error ("Failed to fetch") that a page which is being left cannot handle any more. One after the other all arrive,
# so it works on a fast line, in a test, and for the outbox of one job; a slow line or a tunnel, for which the outbox is made, loses
# the rest. In Chromium beacons share the same room, and answer false; in Firefox they have room for more. Exits non-zero once
# that has changed. Needs Debian or a child of it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for browser in chromium firefox-esr; do
  command -v "$browser" >/dev/null || apt-get install -y --no-install-recommends "$browser" >/dev/null 2>&1
  "$browser" --version 2>/dev/null
done
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 puppeteer-core@25.16.0
cat >leave.mjs <<'JS'
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import puppeteer from "puppeteer-core";

const arrived = [];
const server = createServer((request, response) => {
  response.setHeader("content-type", "text/html");
  if (request.method === "POST") arrived.push(request.url);
  request.resume().on("end", () => setTimeout(() => response.end("<p>page"), request.method === "POST" ? 300 : 0));
}).listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}`;

/** In the page: sends three jobs of 30 KB, and tells of each whether it was taken. */
const three = async (how) => {
  const body = "x".repeat(30_000);
  const send = (n) => {
    if (how === "beacons") return navigator.sendBeacon(`/beacon-${n}`, body);
    return fetch(`/${how}-${n}`, { method: "POST", keepalive: true, body }).then(() => true, () => false);
  };
  const taken = [];
  for (const n of [1, 2, 3]) taken.push(how === "in-turn" ? await send(n) : send(n));
  return (await Promise.all(taken)).map((yes) => (yes ? "taken" : "refused")).join();
};
const play = async (browser, executablePath, args) => {
  const running = await puppeteer.launch({ browser, executablePath, args, headless: true });
  const open = async () => {
    const page = await running.newPage();
    await page.goto(url);
    return page;
  };
  const seen = {};
  for (const how of ["in-turn", "together", "beacons"]) seen[how] = await (await open()).evaluate(three, how);
  const page = await open();
  await page.evaluate((send) => addEventListener("pagehide", () => void eval(send)("left")), `(${three})`);
  await page.goto(`${url}/next`);
  await sleep(3000);
  seen.left = arrived.filter((path) => path.startsWith("/left")).length;
  arrived.length = 0;
  await running.close();
  return seen;
};
const seen = {
  chromium: await play("chrome", "/usr/bin/chromium", ["--no-sandbox"]), // as root it has none
  firefox: await play("firefox", "/usr/bin/firefox-esr", []),
};
server.close();
console.log(seen);
const [all, two] = ["taken,taken,taken", "taken,taken,refused"];
const alike = Object.values(seen).every((one) => one["in-turn"] === all && one.together === two && one.left === 2);
process.exit(alike && seen.chromium.beacons === two && seen.firefox.beacons === all ? 0 : 1);
JS
node_modules/.bin/node leave.mjs 2>/dev/null
