import { startInServiceWorker } from "@longshore/indexeddb/hosts";
import { handOver, newUploader } from "./hand-over.ts";

/** Of a service worker; TypeScript's types of it and of pages exclude each other. */
type Host = {
  addEventListener(type: "install" | "activate", listener: (event: WaitingEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
};
type WaitingEvent = { waitUntil(end: Promise<unknown>): void };
type FetchEvent = { readonly request: Request; respondWith(response: Promise<Response>): void };
const host = globalThis as unknown as Host;

/** The build puts the page's files here. */
const files = JSON.parse("FILES") as readonly string[];
const PAGE = [
  "/",
  "/manifest.webmanifest",
  "/icon.svg",
  ...files.filter((name) => !name.endsWith(".html")).map((name) => `/${name}`),
];
const CACHE = `page ${PAGE.join(" ").length} ${PAGE.join(" ")
  .replaceAll(/[^\w-]/g, "")
  .slice(-200)}`;

async function keepPage(): Promise<void> {
  await (await caches.open(CACHE)).addAll(PAGE);
  await host.skipWaiting();
}

async function dropOlder(): Promise<void> {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await host.clients.claim();
}

async function answer(request: Request): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(request.mode === "navigate" ? "/" : request);
  return kept ?? fetch(request);
}

host.addEventListener("install", (event) => event.waitUntil(keepPage()));
host.addEventListener("activate", (event) => event.waitUntil(dropOlder()));
host.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && PAGE.includes(new URL(url).pathname)) event.respondWith(answer(event.request));
});

// What is left when the last page is closed.
startInServiceWorker([newUploader(), handOver()], { needsNetwork: true });
