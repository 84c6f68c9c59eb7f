import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { SubjectOptions } from "../subject.ts";
import type { LastWords } from "../last-words.ts";

/** Processes that enqueue and run jobs, and are killed and replaced. */
export type Processes = {
  /** SIGKILL to one that works. Another takes its place and is not waited for. Rejects where one ended by itself. */
  killOne(): Promise<void>;
  /** SIGKILL to all. */
  killAll(): Promise<void>;
  /** Others, which enqueue nothing, take the places of all that were killed. Resolves when they work. */
  startAgain(): Promise<void>;
  stop(): void;
};

type Running = { readonly name: string; readonly child: ChildProcess; ready: boolean };

/** So many at a time. */
const AMOUNT = 3;
/** Without so many that work, none is killed: on a slow machine nothing would get done otherwise. */
const AT_WORK = 2;
/** How many calls each makes at a time. */
const LANES = 1;

export type ProcessesOptions = Pick<SubjectOptions, "ledger" | "chance"> & {
  /** The built `process.ts`. */
  readonly script: string;
  /** Where the store is. */
  readonly place: string;
  readonly words: LastWords;
};

/** Resolves when all work. */
export async function startProcesses({ script, place, ledger, chance, words }: ProcessesOptions): Promise<Processes> {
  const seed = chance.between(0, 2 ** 31);
  let started = 0;
  let lanes = LANES;
  let running: Running[] = [];
  let failure: Error | undefined;
  let onReady = (): void => {};

  const start = (): void => {
    const origin = ++started;
    const args = [script, place, ledger.address, origin, seed, lanes].map(String);
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    const one: Running = { name: `process ${origin}`, child, ready: false };
    running.push(one);
    words.hear(child.stderr);
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line !== "ready" || one.ready) return words.say(line);
      one.ready = true;
      if (origin > AMOUNT) void ledger.note({ type: "restarted", target: "process" });
      onReady();
    });
    child.once("exit", (code) => {
      if (!running.includes(one)) return; // it was killed
      failure ??= new Error(`${one.name} ended by itself, with ${code}. The last words:\n${words.all()}`);
      onReady();
    });
  };
  /** Resolves when so many work. */
  const working = async (least: number): Promise<readonly Running[]> => {
    for (;;) {
      if (failure !== undefined) throw failure;
      const ready = running.filter((one) => one.ready);
      if (ready.length >= least) return ready;
      await new Promise<void>((resolve) => void (onReady = resolve));
    }
  };
  const kill = async (one: Running): Promise<void> => {
    running = running.filter((other) => other !== one);
    await ledger.note({ type: "killed", target: "process", name: one.name, signal: "SIGKILL" });
    const gone = once(one.child, "exit");
    one.child.kill("SIGKILL");
    await gone;
  };
  const startMissing = (): void => {
    while (running.length < AMOUNT) start();
  };

  startMissing();
  await working(AMOUNT);
  return {
    async killOne() {
      const ready = await working(AT_WORK);
      const victim = ready[chance.between(0, ready.length - 1)];
      if (victim !== undefined) await kill(victim);
      startMissing();
    },
    async killAll() {
      await Promise.all(running.map(kill));
    },
    async startAgain() {
      lanes = 0;
      startMissing();
      await working(AMOUNT);
    },
    stop() {
      for (const { child } of running) child.kill("SIGKILL");
    },
  };
}
