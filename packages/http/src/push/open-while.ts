import type { Platform } from "@longshore/core";

/** Bun ends a connection that says nothing for 10 s, proxies after 30 s and more. */
const BEAT_MS = 5_000;

/**
 * An answer that is open while the work runs, with a comment now and then. The work begins after the first bytes are on
 * their way: if it takes the process along, the caller knows that it had begun. It never rejects, and goes on if the
 * caller has gone.
 */
export function openWhile(work: () => Promise<void>, { timer, turn }: Pick<Platform, "timer" | "turn">): Response {
  const beat = new TextEncoder().encode(":\n\n");
  let open = true;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(beat),
      // Asked for more, so the first bytes were taken.
      async pull(controller) {
        await turn();
        if (!open) return;
        let stop = (): void => {};
        const again = (): void => {
          if (open && controller.desiredSize === 0) controller.enqueue(beat);
          stop = timer(BEAT_MS, again);
        };
        stop = timer(BEAT_MS, again);
        await work();
        stop();
        if (open) controller.close();
      },
      cancel: () => void (open = false),
    },
    { highWaterMark: 0 },
  );
  const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
  return new Response(body, { status: 202, headers });
}
