import { type Notify, createListeners } from "@longshore/core/adapter";

/** Tells the workers in all tabs of a site that a job may be due sooner. */
export type Wakeups = Notify & {
  wake(): void;
  close(): void;
};

/** The channel is opened at first use, and exists in every browser since 2022. Without it, other tabs poll. */
export function createWakeups(name: string): Wakeups {
  const { wake, onWake } = createListeners();
  let channel: BroadcastChannel | undefined;
  let isClosed = false;
  const open = (): BroadcastChannel | undefined => {
    if (channel === undefined && !isClosed && typeof BroadcastChannel === "function") {
      channel = new BroadcastChannel(name);
      channel.addEventListener("message", wake);
    }
    return channel;
  };
  return {
    onWake(listener) {
      open();
      return onWake(listener);
    },
    wake() {
      wake();
      open()?.postMessage(null);
    },
    close() {
      isClosed = true;
      channel?.close();
      channel = undefined;
    },
  };
}
