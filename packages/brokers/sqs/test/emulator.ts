import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** An emulator of SQS, from npm, on a free port. */
export type Emulator = { readonly origin: string; stop(): Promise<void> };

export async function startEmulator(): Promise<Emulator> {
  const file = fileURLToPath(new URL("emulator-process.ts", import.meta.url));
  const child = spawn("node", [file], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const [line] = await Promise.race([
    once(child.stdout, "data"),
    ended.then(([code]) => Promise.reject(new Error(`the emulator ended with ${code}`))),
  ]);
  return {
    origin: String(line).trim(),
    async stop() {
      child.kill();
      await ended;
    },
  };
}
