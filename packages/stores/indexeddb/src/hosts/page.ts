import { type Checks, aBoolean, checkOptions, logTo, withMethods } from "@longshore/core/adapter";
import { callServiceWorker } from "./call-service-worker.ts";
import { type Hosted, checkDrained, drain } from "./hosted.ts";

export type PageOptions = {
  /**
   * Works only while the browser has a network. Without one, jobs wait: what runs is given back, and costs no attempt.
   * For handlers that call a server. Default: false.
   */
  readonly needsNetwork?: boolean | undefined;
  /**
   * When the page is hidden or left, the service worker is called, where `startInServiceWorker` goes on. Default: false.
   */
  readonly serviceWorker?: boolean | undefined;
};

const CHECKS: Checks<PageOptions> = { needsNetwork: aBoolean, serviceWorker: aBoolean };

/** The parts of a page used here. A dedicated worker has only some. */
type Page = EventTarget & {
  readonly document?: Pick<Document, "visibilityState"> & EventTarget;
  readonly navigator?: { readonly onLine?: boolean };
};

/**
 * Runs a worker, or an outbox, for as long as its page stands, or its dedicated worker. It looks for jobs at once when
 * the page is seen again, thawed, restored from the back-forward cache, or has a network again, and ends when the page
 * is left. Returns a function that stops it. Fails with `invalid_option`.
 *
 * ```ts
 * startInPage(createWorker(jobs, { handlers, platform: pagePlatform }));
 * ```
 */
export function startInPage(hosted: Hosted, options: PageOptions = {}): () => Promise<void> {
  withMethods("start", "stop")(hosted, "first argument of startInPage, a worker or an outbox,");
  checkDrained(hosted, "first argument of startInPage, a worker or an outbox,");
  checkOptions("startInPage", options, CHECKS);
  const { needsNetwork = false, serviceWorker = false } = options;
  const page = globalThis as unknown as Page; // in a worker it has fewer parts
  const { document } = page;
  let isOver = false;
  let isRunning = false;
  let following: Promise<void> | undefined;
  let looking: Promise<void> | undefined;

  const isWanted = (): boolean => !isOver && !(needsNetwork && page.navigator?.onLine === false);
  /** One change at a time: a worker that is started while it stops would lose its new runs, too. */
  const follow = (): Promise<void> => {
    following ??= change().finally(() => (following = undefined));
    return following;
  };
  const change = async (): Promise<void> => {
    while (isRunning !== isWanted()) {
      isRunning = !isRunning;
      if (isRunning) hosted.start();
      else await hosted.stop({ grace: 0 });
    }
  };
  const look = (): void => {
    looking ??= drainNow()
      .catch((error: unknown) => logTo(console, "warn", "the jobs could not be looked for", { error }))
      .finally(() => (looking = undefined));
  };
  const drainNow = async (): Promise<void> => {
    await follow();
    if (isRunning) await drain(hosted);
  };
  const onVisibility = (): void => {
    if (document?.visibilityState === "visible") look();
    else if (serviceWorker) void callServiceWorker();
  };
  const onHide = (event: Event): void => {
    // One that is kept for going back is frozen as it is; pageshow tells of its return.
    if ((event as PageTransitionEvent).persisted) return;
    isOver = true;
    void follow();
  };
  const heard: readonly (readonly [EventTarget | undefined, string, (event: Event) => void])[] = [
    [page, "online", look],
    [page, "offline", () => void follow()],
    [document, "visibilitychange", onVisibility],
    [document, "resume", look],
    [page, "pageshow", look],
    [document && page, "pagehide", onHide],
  ];
  for (const [target, type, listener] of heard) target?.addEventListener(type, listener);
  void follow();
  return async () => {
    isOver = true;
    for (const [target, type, listener] of heard) target?.removeEventListener(type, listener);
    await follow();
  };
}
