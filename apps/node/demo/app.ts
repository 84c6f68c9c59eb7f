import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The app in a process of its own, which is stopped and killed while it works. */
export type App = {
  /** Where it listens; a new port after each start. */
  url(): string;
  /** Ends it by a signal, waits for its end, and starts it again. */
  restart(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  stop(): Promise<void>;
  /** Rejects if it ends by itself. */
  readonly ended: Promise<never>;
  /** Ends it if it still runs. */
  kill(): void;
};

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** `log`: whether to show what it logs. */
export async function startApp(env: Readonly<Record<string, string>>, log: "ignore" | "inherit"): Promise<App> {
  let failed = (_reason: Error): void => {};
  const byItself = new Promise<never>((_resolve, reject) => (failed = reject));
  byItself.catch(() => {}); // until somebody waits for it
  const start = async (): Promise<{ child: ChildProcess; url: string }> => {
    const launched = await launch(env, log);
    launched.child.once("exit", (code) => failed(new Error(`The app ended by itself with ${code}; see --verbose.`)));
    return launched;
  };
  let { child, url } = await start();
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    child.removeAllListeners("exit");
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  return {
    url: () => url,
    async restart(signal) {
      await end(signal);
      ({ child, url } = await start());
    },
    stop: () => end("SIGTERM"),
    ended: byItself,
    kill: () => void child.kill("SIGKILL"),
  };
}

async function launch(
  env: Readonly<Record<string, string>>,
  log: "ignore" | "inherit",
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ...env, PORT: "0" },
    // What it logs of each refusal by the warehouse would hide the rest.
    stdio: ["ignore", "pipe", log],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /http:\S+/.exec(line) ?? [];
    if (url !== undefined) {
      child.stdout.resume();
      return { child, url };
    }
  }
  throw new Error("The app ended before it listened: see its message above.");
}
