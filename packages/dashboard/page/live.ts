import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export type Reading<T> = {
  readonly value: T | undefined;
  /** Why the last reading failed; the value is then that of the one before. */
  readonly error: string | undefined;
  /** Reads again now. */
  refresh(): void;
};

const LEAST_MS = 5_000;
/** A store whose answer takes long is asked less often: at most a tenth of the time. */
const SHARE = 9;

/**
 * Reads now, and again while the page is visible and `live`. Another key starts anew; an answer that comes for the key
 * before is dropped.
 */
export function useReading<T>(key: string, live: boolean, read: () => Promise<T>): Reading<T> {
  const [state, set] = useState<{ readonly key: string; readonly value?: T; readonly error?: string }>({ key });
  const [asked, ask] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  /** What has been read: a page that is no more live does not read it once again. */
  const done = useRef("");
  useEffect(() => {
    const wanted = `${asked} ${key}`;
    let over = false;
    let timer = 0;
    const next = (ms: number): void => {
      if (live && !over) timer = setTimeout(() => void round(), ms);
    };
    const round = async (): Promise<void> => {
      if (document.hidden) return next(LEAST_MS);
      const from = performance.now();
      try {
        const value = await latest.current();
        if (over) return;
        done.current = wanted;
        set({ key, value });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (!over) set((before) => ({ ...(before.key === key ? before : { key }), error: message }));
      }
      next(Math.max(LEAST_MS, (performance.now() - from) * SHARE));
    };
    if (live || done.current !== wanted) void round();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [key, live, asked]);
  const refresh = useCallback(() => ask((count) => count + 1), []);
  const current = state.key === key;
  return { value: current ? state.value : undefined, error: current ? state.error : undefined, refresh };
}
