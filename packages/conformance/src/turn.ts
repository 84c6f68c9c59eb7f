type Later = (callback: () => void) => unknown;

/** A message to ourselves is a task of its own, and comes sooner than any timer does in a browser. */
function post(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => {
    port1.close();
    callback();
  });
  port1.start();
  port2.postMessage(undefined);
}

// Where there is no setImmediate. (In workerd there is, and must be used: a message there overtakes promises.)
const { setImmediate: immediate } = globalThis as { setImmediate?: Later };
const later: Later = immediate ?? post;

/** One turn of the runtime's loop: every promise that can go on without the outside has gone on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => later(resolve));
}
