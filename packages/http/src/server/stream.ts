import type { Platform } from "@longshore/core";
import type { Notify } from "@longshore/core/adapter";

/** Shorter than the 30 s and more after which proxies and platforms end a connection that says nothing. */
const LASTS_MS = 25_000;

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
        const stopTimer = platform.timer(LASTS_MS, finish);
        let open = true;
        end = () => {
          if (!open) return;
          open = false;
          forget();
          stopTimer();
          ended();
        };
        const say = (line: string): void => {
          // One that reads nothing hears of nothing: a line that waits says all that another would.
          if (open && (controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(line));
        };
        request.signal.addEventListener("abort", finish);
        say(":\n\n");
      },
      cancel: () => end(),
    },
    { highWaterMark: 3 },
  );
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}
