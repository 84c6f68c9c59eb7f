/** The tag of `sync` and `periodicsync` events, and the text of messages, that start the host. */
export const TAG = "longshore";

/** Not in TypeScript's types: only Chromium has it. */
type WithSync = ServiceWorkerRegistration & { readonly sync?: { register(tag: string): Promise<void> } };

/**
 * Asks the service worker of this site to run what is due: by a message, which a page can still send when it is left, and
 * by a `sync`, where the browser has one, which waits for a network. `startInServiceWorker` is the other end. Waits for
 * the site to have a service worker. Never rejects.
 */
export async function callServiceWorker(): Promise<void> {
  const { serviceWorker } = globalThis.navigator;
  if (serviceWorker === undefined) return; // an insecure origin
  const registration: WithSync = await serviceWorker.ready;
  registration.active?.postMessage(TAG);
  await registration.sync?.register(TAG).catch(() => {}); // forbidden by the user, or the page is gone
}
