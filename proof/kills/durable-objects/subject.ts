import { fileURLToPath } from "node:url";
import { bundled } from "../bundle.ts";
import type { OpenSubject } from "../subject.ts";
import { openRemote } from "./remote.ts";
import { createRuntime } from "./runtime.ts";

/** workerd with one object, whose runner runs all jobs; a kill takes both. */
export const openDurableObjects: OpenSubject = async ({ ledger, sabotage }) => {
  const entry = fileURLToPath(new URL("worker/worker.ts", import.meta.url));
  const script = await bundled({ entryPoints: [entry], target: "es2024", external: ["cloudflare:*"] }, sabotage);
  const runtime = createRuntime(script["worker.js"] ?? "", ledger.address);
  await runtime.start();
  const kill = async (): Promise<void> => {
    await ledger.note({ type: "killed", target: "object", name: "object", signal: "SIGKILL" });
    await runtime.kill();
    await runtime.start();
    await ledger.note({ type: "restarted", target: "object" });
  };
  return {
    adapter: await openRemote(runtime.url),
    lanes: 4,
    wokenByCalls: true,
    keeper: "object",
    kill,
    killAll: kill,
    lastWords: runtime.lastWords,
    stop: runtime.stop,
  };
};
