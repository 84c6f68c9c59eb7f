import { spawn } from "node:child_process";

export type Ended = {
  /** What it printed to both of its outputs, its last part if that was much. */
  readonly output: string;
  /** Undefined where it was killed because it did not end in time. */
  readonly code: number | undefined;
};

const MOST_OUTPUT = 1_000_000;

/** The groups of the children that run: each has children of its own, and all must go with it. */
const groups = new Set<number>();

/** Runs a command and all that it starts; whatever is left of them when the time is over is killed. */
export function spawned(
  [command = "", ...args]: readonly string[],
  { cwd, withinMs }: { readonly cwd: string; readonly withinMs: number },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: quiet(), stdio: ["ignore", "pipe", "pipe"], detached: true });
    const { pid } = child;
    if (pid !== undefined) groups.add(pid);
    let output = "";
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      end(pid);
    }, withinMs);
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-MOST_OUTPUT);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      end(pid);
      resolve({ output, code: hung ? undefined : (code ?? -1) });
    });
  });
}

/** Kills every child that still runs. */
export function endAll(): void {
  for (const pid of groups) end(pid);
}

function end(pid: number | undefined): void {
  if (pid === undefined || !groups.delete(pid)) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of them have ended by themselves.
  }
}

function quiet(): NodeJS.ProcessEnv {
  const { VITEST: _, VITEST_POOL_ID: _pool, VITEST_WORKER_ID: _worker, NODE_OPTIONS: _options, ...env } = process.env;
  return {
    ...env,
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    NO_COLOR: "1",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_SEND_METRICS: "false",
  };
}
