import type { Platform } from "@longshore/core";
import type { Notify } from "@longshore/core/adapter";

/** Bun ends a connection that says nothing for 10 s, others after 30 s and more. */
const BEAT_MS = 5_000;
/** 25 s: a stream that lasts longer meets the limits of platforms for a whole request. */
const LASTS_BEATS = 5;
/** How many lines wait for a client that does not read. */
const ROOM = 3;

/**
 * Server-sent events: a line for each wake-up, those of one turn together. It ends by itself, and its client opens
 * another. `ended` is called once.
 */
export function wakeEvents(adapter: Notify, request: Request, platform: Platform, ended: () => void): Response {
  const encoder = new TextEncoder();
  let end = (): void => {};
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let told = true;
        const forget = adapter.onWake(() => {
          if (!told) return;
          told = false;
          void Promise.resolve().then(() => {
            told = true;
            say("data:\n\n");
          });
        });
        const finish = (): void => {
          if (!open) return;
          end();
          controller.close();
        };
        let beats = 0;
        const beat = (): void => {
          if (++beats === LASTS_BEATS) return finish();
          // Never in place of a wake-up: only if nothing waits to be read.
          if (controller.desiredSize === ROOM) say(":\n\n");
          stopTimer = platform.timer(BEAT_MS, beat);
        };
        let stopTimer = platform.timer(BEAT_MS, beat);
        let open = true;
        end = () => {
          if (!open) return;
          open = false;
          forget();
          stopTimer();
          ended();
        };
        const say = (line: string): void => {
          // Wake-ups that wait to be read say all that another one would.
          if (open && (controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(line));
        };
        request.signal.addEventListener("abort", finish);
        say(":\n\n");
      },
      cancel: () => end(),
    },
    { highWaterMark: ROOM },
  );
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}
