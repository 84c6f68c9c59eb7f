import { spawn } from "node:child_process";

/** An environment in which tools send no telemetry and print no hints. */
export const quietEnv: NodeJS.ProcessEnv = {
  ...process.env,
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  TURBO_TELEMETRY_DISABLED: "1",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
};

export type Ran = { readonly ok: boolean; readonly output: string };

/** Runs a command from the repository's root and returns its output. `env`: what is added to the environment. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: new URL("../", import.meta.url),
      env: { ...quietEnv, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error) => resolve({ ok: false, output: `${command}: ${error.message}\n` }));
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });
}

/** Runs a command, and shows its output only if it fails; then ends this process. */
export async function runQuietly(command: string, args: readonly string[]): Promise<void> {
  const { ok, output } = await run(command, args);
  if (ok) return;
  process.stderr.write(output);
  process.exit(1);
}
