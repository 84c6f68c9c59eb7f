import type { Platform } from "@longshore/core";
import { randomFor } from "./random.ts";
import type { World } from "./world.ts";

/** A process of the simulated system. It has its own clock, timers and randomness, and can die at any moment. */
export type Process = {
  /** Such as `worker-1`; it restarts under the same name. */
  readonly name: string;
  /** Name and life, such as `worker-1.2`. */
  readonly id: string;
  readonly alive: boolean;
  readonly platform: Platform;
  readonly random: () => number;
  /** How many timers have neither fired nor been cancelled. */
  readonly timers: number;
  /** How many calls of a store it has made; names the next call. */
  calls: number;
  /** How many times it listens for a store's wake-ups. */
  listeners: number;
  /** How many times it has waited for something external; names the next wait. */
  readonly waits: number;
  /** Resolves after `ms`, or as soon as the signal fires; never once the process is dead. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  jumpClock(ms: number): void;
  /** From now on none of its promises resolves and none of its timers fires. */
  crash(): void;
  /** Called whenever the process awaits something external: a place to die. */
  wait(what: "call" | "reply" | "timer" | "handler"): void;
};

export type ProcessOptions = {
  readonly world: World;
  readonly seed: number;
  readonly name: string;
  readonly life: number;
  readonly skewMs: number;
  /** Lets the process die at its n-th wait, from 1. */
  readonly crashAt?: number | undefined;
  readonly died: (process: Process) => void;
};

export function startProcess({ world, seed, name, life, skewMs, crashAt, died }: ProcessOptions): Process {
  const id = `${name}.${life}`;
  const random = randomFor(seed, id);
  let alive = true;
  let offsetMs = skewMs;
  let ids = 0;
  let timers = 0;
  let waits = 0;

  const timer = (ms: number, callback: () => void): (() => void) => {
    if (Number.isNaN(ms)) throw new Error("a timer was set for NaN ms");
    process.wait("timer");
    timers += 1;
    let over = false;
    const end = (): void => {
      if (!over) timers -= 1;
      over = true;
    };
    const cancel = world.at(ms, () => {
      end();
      if (alive) callback();
    });
    return () => {
      end();
      cancel();
    };
  };

  const process: Process = {
    name,
    id,
    get alive() {
      return alive;
    },
    random,
    get timers() {
      return timers;
    },
    calls: 0,
    listeners: 0,
    get waits() {
      return waits;
    },
    platform: {
      now: () => world.now() + offsetMs,
      monotonic: () => world.now(),
      turn: () => Promise.resolve(),
      timer,
      random,
      id: () => `${id}-${String(++ids).padStart(4, "0")}`,
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const cancel = world.at(ms, () => alive && resolve());
        const wake = (): void => {
          cancel();
          if (alive) resolve();
        };
        if (signal?.aborted) wake();
        else signal?.addEventListener("abort", wake);
      }),
    jumpClock(ms) {
      offsetMs += ms;
    },
    crash() {
      if (!alive) return;
      alive = false;
      died(process);
    },
    wait() {
      if (++waits === crashAt) process.crash();
    },
  };
  return process;
}
