import type { AnyAdapter, Make } from "@longshore/conformance";
import { http, manifestOf, serve } from "../src/index.ts";
import { everything } from "./everything.ts";
import type { Sockets } from "./mounts.ts";
import { wakeStreams } from "./wake-streams.ts";

/**
 * The adapter with answers that wait until the wake-ups of their calls, which come over another connection, have come:
 * some cases leave a call hanging, and would take one that is late for something new. `stops` gets what ends the
 * listeners: most cases leave theirs, and their streams would be opened again for ever.
 */
export function ringsFirst(adapter: AnyAdapter, received: () => Promise<void>, stops: (() => void)[]): AnyAdapter {
  return new Proxy(adapter, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      if (key === "onWake") {
        return (listener: () => void): (() => void) => {
          const stop = value.call(target, listener) as () => void;
          stops.push(stop);
          return stop;
        };
      }
      return async (...input: unknown[]) => {
        const answer: unknown = await value.apply(target, input);
        await received();
        return answer;
      };
    },
  });
}

/**
 * The adapters of `make` over real sockets. Their stream of wake-ups is open before a case begins: the cases count what
 * happens in a time that stands still, and how long a stream takes to open is none of it.
 */
export function overHttp(make: Make, sockets: Sockets): Make {
  return async (world) => {
    const { adapter, reopen, dispose, ...subject } = await make(world);
    const stops: (() => void)[] = [];
    const stopAll = (): void => {
      for (const stop of stops.splice(0)) stop();
    };
    const through = async (served: AnyAdapter): Promise<AnyAdapter> => {
      stopAll();
      const streams = wakeStreams();
      const url = sockets.mount(streams.observed(serve(served, { authorize: () => everything })));
      const client = http({ url, manifest: manifestOf(served), fetch: streams.fetch }) as AnyAdapter; // missing, not undefined
      const tamed = ringsFirst(client, streams.received, stops);
      if (tamed.onWake) await new Promise<void>((resolve) => void tamed.onWake?.(resolve));
      return tamed;
    };
    return {
      ...subject,
      adapter: await through(adapter),
      ...(reopen && { reopen: async () => through(await reopen()) }),
      async dispose() {
        stopAll();
        await dispose?.();
      },
    };
  };
}
