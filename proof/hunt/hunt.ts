import type { Mutant } from "../mutants/mutant.ts";
import { type Copy, copyOf } from "./copy.ts";
import { type Killer, type Noticed, killers as everyKiller } from "./killers.ts";

/** A mutant that was caught. */
type Catch = {
  readonly mutant: string;
  readonly fault: string;
  readonly killer: Killer["name"];
  /** The case, seed, invariant or test. */
  readonly by: string;
  /** In one short line. */
  readonly said: string;
};

export type Hunted = {
  readonly mutants: number;
  readonly killed: number;
  /** The ids of those that nobody noticed. */
  readonly survivors: readonly string[];
  readonly matrix: readonly Catch[];
};

export type HuntOptions = {
  /** The repository, built. */
  readonly root: string;
  /** Asks every killer about each mutant, instead of ending with the first that notices it. */
  readonly all: boolean;
  /** How many copies are worked on at a time. */
  readonly lanes: number;
  readonly progress: (line: string) => void;
  /** Default: every one. */
  readonly killers?: readonly Killer[];
};

/**
 * Applies each mutant to a copy of the repository and asks the killers, the cheapest first. Fails at its end where a
 * patch did not fit, and at once where a killer already complains about the code as it is.
 */
export async function hunt(mutants: readonly Mutant[], options: HuntOptions): Promise<Hunted> {
  const { root, all, progress, killers = everyKiller } = options;
  const copies = Array.from({ length: options.lanes }, () => copyOf(root));
  /** How long what is asked takes on this machine where nothing is broken. */
  const took = new Map<string, number>();
  try {
    await inLanes(copies, healthChecks(mutants, killers), async (copy, [killer, asked]) => {
      const startedAt = performance.now();
      const noticed = await killer.run(copy, asked, HEALTHY_WITHIN_MS);
      took.set(asked, performance.now() - startedAt);
      if (noticed !== undefined) throw new Error(`${asked} fails without any mutant: ${noticed.by}: ${noticed.said}`);
      progress(`nothing wrong without a mutant, by ${asked}`);
    });
    const caught = new Map<string, readonly Catch[]>();
    const misfits: string[] = [];
    await inLanes(copies, byCost(mutants, killers), async (copy, mutant) => {
      try {
        await copy.infect(mutant);
      } catch (error) {
        copy.heal();
        // Told at once and in the end: the others need not be asked again because of it.
        misfits.push((error as Error).message);
        return progress(`${mutant.id} is no mutant: ${(error as Error).message}`);
      }
      const catches = await ask(copy, mutant, killers, all, took);
      copy.heal();
      caught.set(mutant.id, catches);
      const [first] = catches;
      const end = first === undefined ? "SURVIVED" : `killed by ${first.killer}: ${first.by}`;
      progress(`${caught.size}/${mutants.length} ${mutant.id} ${end}`);
    });
    if (misfits.length > 0) throw new Error(misfits.join("\n"));
    const matrix = mutants.flatMap(({ id }) => caught.get(id) ?? []);
    const survivors = mutants.map(({ id }) => id).filter((id) => caught.get(id)?.length === 0);
    return { mutants: mutants.length, killed: mutants.length - survivors.length, survivors, matrix };
  } finally {
    for (const copy of copies) copy.remove();
  }
}

const HEALTHY_WITHIN_MS = 1_800_000;
/** So many times as long as without a mutant, and at least so long, is for ever. */
const HANGS = { times: 10, leastMs: 10_000 };

async function ask(
  copy: Copy,
  mutant: Mutant,
  killers: readonly Killer[],
  all: boolean,
  took: ReadonlyMap<string, number>,
): Promise<readonly Catch[]> {
  const { id, fault } = mutant;
  const catches: Catch[] = [];
  for (const killer of killers) {
    const asked = killer.asked(mutant);
    if (asked === undefined) continue;
    const withinMs = Math.max(HANGS.leastMs, HANGS.times * (took.get(asked) ?? 0));
    const noticed: Noticed = await killer.run(copy, asked, withinMs);
    if (noticed === undefined) continue;
    catches.push({ mutant: id, fault, killer: killer.name, by: noticed.by, said: shortened(noticed.said) });
    if (!all) break;
  }
  return catches;
}

/** Everything that will be asked, once: what fails by itself kills nobody. */
function healthChecks(mutants: readonly Mutant[], killers: readonly Killer[]): readonly (readonly [Killer, string])[] {
  const checks = new Map<string, readonly [Killer, string]>();
  for (const killer of killers) {
    for (const mutant of mutants) {
      const asked = killer.asked(mutant);
      if (asked !== undefined) checks.set(asked, [killer, asked]);
    }
  }
  return [...checks.values()].toReversed();
}

/** Those that only tests can kill take longest: first, so that the lanes end together. */
function byCost(mutants: readonly Mutant[], killers: readonly Killer[]): readonly Mutant[] {
  const askers = (mutant: Mutant): number => killers.filter((killer) => killer.asked(mutant) !== undefined).length;
  return mutants.toSorted((a, b) => askers(a) - askers(b));
}

/** Each lane takes the next item when it is done with the one before. */
async function inLanes<T>(
  copies: readonly Copy[],
  items: readonly T[],
  work: (copy: Copy, item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const lane = async (copy: Copy): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      await work(copy, item).catch((error: unknown) => {
        left.length = 0;
        throw error;
      });
    }
  };
  // All lanes are over before their copies are removed.
  const ends = await Promise.allSettled(copies.map(lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

const MOST_SAID = 160;

function shortened(text: string): string {
  const line = text.split("\n").find((one) => one.trim() !== "") ?? "";
  return line.length > MOST_SAID ? `${line.slice(0, MOST_SAID - 1)}…` : line;
}
