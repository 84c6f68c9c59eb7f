import { type Platform, systemPlatform } from "@longshore/core";

/**
 * The platform of a worker in a page: with its timers, leases are renewed also while the page is hidden. Browsers hold
 * timers back there, up to a minute if they were set within another timer's callback. These are set within a message,
 * and are at most a second late. Anywhere else it is the system's platform.
 *
 * ```ts
 * const worker = createWorker(jobs, { handlers, platform: pagePlatform });
 * ```
 */
export const pagePlatform: Platform = {
  ...systemPlatform,
  timer(ms, callback) {
    if (!("document" in globalThis)) return systemPlatform.timer(ms, callback);
    let stop = (): void => {};
    let isStopped = false;
    inMessage(() => {
      if (!isStopped) stop = systemPlatform.timer(ms, callback);
    });
    return () => {
      isStopped = true;
      stop();
    };
  },
};

const waiting: (() => void)[] = [];
let port: MessagePort | undefined;

/** Calls back in the task of a message that we send to ourselves. One channel does for all: messages keep their order. */
function inMessage(callback: () => void): void {
  if (port === undefined) {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => waiting.shift()?.());
    port1.start();
    port = port2;
  }
  waiting.push(callback);
  port.postMessage(null);
}
