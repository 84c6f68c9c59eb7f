import { type AnyAdapter, type Make, type Report, contractCases, runAll } from "@longshore/conformance";
import { http, readManifest } from "../../src/index.ts";
import { ringsFirst } from "../subject.ts";
import { counted } from "../wake-streams.ts";

/** The suite over this browser's own `fetch`. `server`: of runtimes/stores.ts, whose clock comes with every request. */
async function runSuite(server: string): Promise<Report> {
  const manifest = await readManifest({ url: `${server}/manifest` });
  let made = 0;
  let streams = 0;
  const make: Make = async ({ clock }) => {
    const url = `${server}/case-${++made}`;
    const open = new Map<string, number>();
    const fetchNow = async (called: string, init: RequestInit): Promise<Response> => {
      const name = String(++streams);
      const answer = await fetch(`${called}?now=${clock.now()}&stream=${name}`, init);
      if (!called.endsWith("/onWake")) return answer;
      open.set(name, 0);
      return counted(
        answer,
        (bytes) => open.set(name, (open.get(name) ?? 0) + bytes),
        () => open.delete(name),
      );
    };
    /** Waits until each stream has brought what the server has sent. */
    const received = async (): Promise<void> => {
      for (;;) {
        const sent: Record<string, number> = await (await fetch(`${url}/sent`)).json();
        if ([...open].every(([name, bytes]) => bytes >= (sent[name] ?? 0))) return;
      }
    };
    const stops: (() => void)[] = [];
    const client = http({ url, manifest, fetch: fetchNow }) as AnyAdapter; // missing, not undefined
    const adapter = ringsFirst(client, received, stops);
    await new Promise<void>((resolve) => void adapter.onWake?.(resolve));
    return { adapter, dispose: () => stops.forEach((stop) => stop()) };
  };
  return runAll(make, contractCases);
}

Reflect.set(globalThis, "runSuite", runSuite);
