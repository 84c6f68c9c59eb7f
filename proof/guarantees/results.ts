import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { FaultKind } from "@longshore/simulator";
import type { Hunted } from "../hunt/hunt.ts";
import type { Report } from "../kills/report.ts";
import { STORES, type StoreName } from "../kills/sabotages.ts";
import type { FigureName, Stamp } from "./judged.ts";

/** The commit that a command ran on, and the code that it judged. */
type Dated = Stamp;

/** `pnpm sim --json` */
export type SimFigures = Dated & {
  readonly histories: number;
  /** By processor time, for one core. */
  readonly historiesPerSecond: number;
  readonly eventsPerHistory: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly violations: number;
  readonly lost: number;
  readonly unexpected: number;
  readonly duplicated: number;
  readonly recovered: number;
  readonly seed: number;
};

/** `pnpm sim --exhaustive --json` */
export type PlaceFigures = Dated & {
  readonly modes: readonly {
    readonly mode: string;
    readonly places: number;
    readonly runs: number;
    readonly violations: number;
  }[];
};

/** `pnpm sim --saboteurs --json`: full stores that are broken on purpose. */
export type SaboteurFigures = Dated & {
  /** By name: the first broken invariant. */
  readonly found: Readonly<Record<string, string>>;
  /** Found by the cases, but not by thirty histories. */
  readonly missed: readonly string[];
  /** Brokers, and stores that lack an interface and say so. */
  readonly refused: readonly string[];
};

/** `pnpm mutants --json` */
export type MutantFigures = Dated & Hunted;

/** `pnpm kills --json` */
export type KillFigures = Dated & Report;

/** The published results, as the commands printed them. */
export type Results = {
  readonly sim: SimFigures;
  readonly places: PlaceFigures;
  readonly saboteurs: SaboteurFigures;
  readonly mutants: MutantFigures;
  /** Without those that were never measured. */
  readonly kills: Readonly<Partial<Record<StoreName, KillFigures>>>;
  /** The kill loop over each store broken in each way, by the sabotage's name. */
  readonly sabotages: Readonly<Partial<Record<StoreName, Readonly<Record<string, KillFigures>>>>>;
};

const file = (name: FigureName): URL => new URL(`../results/${name}.json`, import.meta.url);

export function readResults(): Results {
  const read = (name: FigureName): unknown => JSON.parse(readFileSync(file(name), "utf8"));
  const ofEach = (kind: "kills" | "sabotages"): unknown =>
    Object.fromEntries(
      STORES.flatMap((store) => (existsSync(file(`${kind}-${store}`)) ? [[store, read(`${kind}-${store}`)]] : [])),
    );
  return {
    sim: read("sim") as SimFigures, // each file is what its command printed
    places: read("places") as PlaceFigures,
    saboteurs: read("saboteurs") as SaboteurFigures,
    mutants: read("mutants") as MutantFigures,
    kills: ofEach("kills") as Results["kills"],
    sabotages: ofEach("sabotages") as Results["sabotages"],
  };
}

export function writeResult(name: FigureName, result: unknown): void {
  writeFileSync(file(name), `${JSON.stringify(result, undefined, 2)}\n`);
}
