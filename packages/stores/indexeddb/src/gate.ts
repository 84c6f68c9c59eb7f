/**
 * Shut while the page is frozen. A frozen page that has a transaction open locks the database for all others, until the
 * user comes back to it.
 */
export type Gate = {
  /** Resolves at once, or when the page runs again. */
  opened(): Promise<void>;
  /** Stops listening. */
  remove(): void;
};

/** The parts of a page used here. Workers have neither: they are frozen without a word. */
type Page = { readonly document?: EventTarget; addEventListener?: EventTarget["addEventListener"] };

/** `shut`: called when the page is about to be frozen. */
export function createGate(shut: () => void): Gate {
  const page = globalThis as unknown as Page & EventTarget; // in Node it is neither
  let opened = Promise.resolve();
  let open: (() => void) | undefined;
  if (page.document === undefined) return { opened: () => opened, remove() {} };
  const onShut = (event: Event): void => {
    // A page that is not kept for going back ends now, and may still have something to save.
    if (event.type === "pagehide" && !(event as PageTransitionEvent).persisted) return;
    if (open === undefined) opened = new Promise((resolve) => (open = resolve));
    shut();
  };
  const onOpen = (): void => {
    open?.();
    open = undefined;
  };
  const heard = [
    [page.document, "freeze", onShut],
    [page, "pagehide", onShut],
    [page.document, "resume", onOpen],
    [page, "pageshow", onOpen],
  ] as const;
  for (const [target, type, listener] of heard) target.addEventListener(type, listener);
  return {
    opened: () => opened,
    remove() {
      onOpen();
      for (const [target, type, listener] of heard) target.removeEventListener(type, listener);
    },
  };
}
