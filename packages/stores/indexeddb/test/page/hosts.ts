import { anyInput, anything, newJob } from "@longshore/conformance/tools";
import { type Duration, createQueue, createWorker, defineJob, handle } from "@longshore/core";
import {
  type PageOptions,
  callServiceWorker,
  pagePlatform,
  startInPage,
  startInServiceWorker,
} from "../../src/hosts/index.ts";
import { indexedDB } from "../../src/index.ts";

/*
 * One script for pages, for their dedicated workers, and for the site's service worker. A job of the name `quick` ends
 * at once, one of the name `slow` when its signal is aborted. What has run is kept in the jobs' results.
 */
const parameters = new URL(location.href).searchParams;
// A service worker has the path of its pages as its scope.
const path = "registration" in globalThis ? String(Reflect.get(globalThis, "registration").scope) : location.href;
const store = indexedDB(new URL(".", path).pathname, { lease: (parameters.get("lease") ?? "150s") as Duration });
const queue = createQueue(store);
const place = "document" in globalThis ? "page" : "registration" in globalThis ? "service worker" : "worker";

const definition = { input: anything, keep: "1h" } as const;
const quick = defineJob("quick", { ...definition, output: anyInput<{ readonly by: string }>() });
const slow = defineJob("slow", definition);
const seen: string[] = [];

const newWorker = () =>
  createWorker(store, {
    queues: { default: 1 },
    platform: pagePlatform,
    logFailures: false,
    onEvent: (event) => void ("job" in event && seen.push(`${event.type} ${event.job.id}`)),
    handlers: [
      handle(quick, async (_, { attempt }) => ({ by: `${place}, attempt ${attempt}` })),
      handle(slow, async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        signal.throwIfAborted();
      }),
    ],
  });

Object.assign(globalThis, {
  start(options: PageOptions) {
    startInPage(newWorker(), options);
  },
  enqueue: (name: "quick" | "slow", ...ids: string[]) =>
    store.enqueue(ids.map((id) => newJob(id, { name, keepMs: 3_600_000 }))),
  /** `completed: page, attempt 1`, or the state alone. */
  async state(id: string) {
    const job = await queue.get(id);
    const { by } = Object(job?.result) as { readonly by?: string }; // of a quick job
    return by === undefined ? job?.state : `${job?.state}: ${by}`;
  },
  /** How it stands, and how many attempts it has cost. */
  async attempts(id: string) {
    const job = await queue.get(id);
    return `${job?.state}, ${job?.attempt}`;
  },
  async untilNothingWaits() {
    for (;;) {
      const [all] = await queue.counts();
      if (!all?.counts.enqueued && !all?.counts.active && !all?.counts.stalled) return;
    }
  },
  /** The events of this page's worker. */
  seen: async () => seen,
  claim: () => store.claim({ queues: [{ name: "default", limit: 10 }], leaseMs: 3_600_000 }),
  async register(script: string) {
    await navigator.serviceWorker.register(script, { scope: location.pathname });
    await navigator.serviceWorker.ready;
  },
  callServiceWorker,
  startWorker: () => void new Worker(`${location.pathname}script.js`),
});

if (place === "worker") startInPage(newWorker());
if (place === "service worker") {
  startInServiceWorker([newWorker()], { budget: (parameters.get("budget") ?? "25s") as Duration });
}
