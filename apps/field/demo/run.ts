import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startRuntime } from "@longshore/edge/demo/runtime";
import { build } from "vite";
import { type Browser, openBrowser } from "./browser.ts";
import { openFront } from "./front.ts";
import { notes } from "./notes.ts";
import { photos } from "./photos.ts";
import { visitorOf } from "./visitor.ts";

export type Result = {
  /** Notes and photos of which the page said that they are kept. */
  readonly kept: number;
  /** Those that the page showed before and after it was reloaded without a network, and after the browser was killed. */
  readonly beforeReload: number;
  readonly afterReload: number;
  readonly afterKill: number;
  /** Those that the server has, by its own list. */
  readonly delivered: number;
  /** Kept by the page, and not at the server. */
  readonly lost: number;
  /** At the server, and never kept by the page. */
  readonly unknown: number;
  /** Handed over again, and refused by the server, because it had them. */
  readonly duplicatesRefused: number;
  /** Jobs that ran more than once at the server. */
  readonly ranAgain: number;
  /** Answers of 502: before the server got the request, and after it had done it. */
  readonly refused: number;
  readonly repliesLost: number;
  /** From the first note to the last that was kept; from the network's return to the last delivery. */
  readonly offlineSeconds: number;
  readonly deliverySeconds: number;
};

const NOTES = 28;
const PHOTOS = 12;
const ALL = NOTES + PHOTOS;
const HERE = fileURLToPath(new URL("../", import.meta.url));

/** `screenshots`: a folder for what somebody would have seen. */
export async function runDemo(screenshots: string, say: (line: string) => void): Promise<Result> {
  say("building the page");
  await build({ root: HERE, logLevel: "error" });
  const pictures = photos(PHOTOS);
  const texts = notes(NOTES);
  const code = randomBytes(18).toString("base64url");
  const vars = { FIELD_TOKEN: code, FIELD_SECRET: randomBytes(36).toString("base64url"), SUBSCRIBERS: "[]" };
  say("starting apps/edge");
  const stop = new AbortController();
  const runtime = await startRuntime(vars, () => {}, stop.signal, join(HERE, "dist"));
  let browser: Browser | undefined;
  try {
    await runtime.ready();
    const front = await openFront(runtime.url);
    browser = await openBrowser();
    mkdirSync(screenshots, { recursive: true });
    let shots = 0;
    let page = await browser.open(front.url);
    let visitor = visitorOf(page);
    const look = async (name: string): Promise<void> => {
      await page.screenshot({ path: join(screenshots, `${++shots}-${name}.png`) });
    };
    await page.getByLabel("Access code").waitFor();
    await look("first-visit");
    await visitor.signIn(code);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);

    await browser.context.setOffline(true);
    await front.leave();
    say("no network from here on");
    const startedAt = performance.now();
    for (const text of texts.slice(0, NOTES - 8)) await visitor.writeNote(text);
    await visitor.addPhotos(pictures.paths.slice(0, PHOTOS / 2));
    await look("offline");
    const beforeReload = await visitor.items();
    await page.reload();
    await visitor.until("kept", (kept) => kept === beforeReload.length);
    const reloaded = await visitor.items();
    say(`${reloaded.length} of ${beforeReload.length} are there after a reload without a network`);
    for (const text of texts.slice(NOTES - 8)) await visitor.writeNote(text);
    await visitor.addPhotos(pictures.paths.slice(PHOTOS / 2));
    await visitor.until("kept", (kept) => kept === ALL);
    const kept = await visitor.items();
    const offlineSeconds = since(startedAt);
    say(
      `${kept.length} are kept, ${await visitor.figure("resizing")} photos are being resized: SIGKILL to the browser`,
    );
    await browser.kill();

    page = await browser.open(front.url);
    visitor = visitorOf(page);
    await visitor.until("kept", (found) => found >= ALL);
    const found = await visitor.items();
    await look("after-the-kill");
    say(`${found.length} are there after the browser was killed`);
    const second = await browser.open(front.url);
    await visitor.until("resizing", (left) => left === 0);
    await look("all-resized-offline");

    const onlineAt = performance.now();
    await front.comeBack();
    await browser.context.setOffline(false);
    say("the network is back, behind a proxy that answers with 502 now and then");
    await visitor.until("delivered", (delivered) => delivered > 0);
    await look("handing-over");
    await visitor.until("delivered", (delivered) => delivered >= ALL);
    const deliverySeconds = since(onlineAt);
    await look("delivered");
    await second.setViewportSize({ width: 390, height: 844 });
    await second.screenshot({ path: join(screenshots, `${++shots}-second-tab-on-a-phone.png`) });

    const atServer = await itemsAtServer(runtime.url, code);
    const ids = new Set(atServer.map(({ item }) => item));
    return {
      kept: kept.length,
      beforeReload: beforeReload.length,
      afterReload: beforeReload.filter((id) => reloaded.includes(id)).length,
      afterKill: kept.filter((id) => found.includes(id)).length,
      delivered: ids.size,
      lost: kept.filter((id) => !ids.has(id)).length,
      unknown: atServer.filter(({ item }) => !kept.includes(item)).length,
      duplicatesRefused: front.ledger.duplicates,
      ranAgain: atServer.filter(({ times }) => times > 1).length,
      refused: front.ledger.refused,
      repliesLost: front.ledger.repliesLost,
      offlineSeconds,
      deliverySeconds,
    };
  } finally {
    stop.abort();
    await browser?.close().catch(() => {});
    await runtime.stop();
    rmSync(pictures.folder, { recursive: true, force: true });
  }
}

type AtServer = { readonly item: string; readonly times: number };

/** The server's own list, which it shows to whoever signed in. */
async function itemsAtServer(url: string, code: string): Promise<readonly AtServer[]> {
  const ask = async (path: string, method: string, token: string): Promise<Record<string, unknown>> => {
    const response = await fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
    return (await response.json()) as Record<string, unknown>; // of apps/edge
  };
  const { token } = await ask("/field/sessions", "POST", code);
  const { items } = await ask("/field/items", "GET", String(token));
  return items as readonly AtServer[]; // as above
}

/** What should not have come out. */
export function problemsOf({ kept, beforeReload, afterReload, afterKill, ...at }: Result): string[] {
  const problems: string[] = [];
  if (kept !== ALL) problems.push(`the page kept ${kept} of ${ALL}`);
  if (afterReload !== beforeReload) problems.push("something was gone after the reload");
  if (afterKill !== kept) problems.push("something was gone after the browser was killed");
  if (at.lost > 0) problems.push("something that was kept is not at the server");
  if (at.unknown > 0) problems.push("the server has what the page never kept");
  if (at.ranAgain > 0) problems.push("a job ran again at the server, although it knew its id");
  if (at.duplicatesRefused === 0) problems.push("nothing was handed over twice: the lost replies have tried nothing");
  return problems;
}

function since(at: number): number {
  return Math.round((performance.now() - at) / 100) / 10;
}
