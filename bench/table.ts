import type { Figures } from "./comparison.ts";

/** Prints what was compared on one backend. */
export function printTable(on: string, figures: Figures | undefined): void {
  if (figures === undefined) return;
  const { latency, ...rest } = figures;
  console.log(`\non ${on}: jobs per second, processor time of a job that is run (µs), and latency (ms)\n`);
  console.log(`${"".padEnd(28)}${[...Object.keys(rest), "p50", "p99"].map((key) => key.padStart(12)).join("")}`);
  for (const [name, { p50, p99 }] of Object.entries(latency)) {
    const figures = [...Object.values(rest).map((of) => of[name] ?? 0), p50, p99];
    console.log(`${name.padEnd(28)}${figures.map((figure) => figure.toLocaleString("en").padStart(12)).join("")}`);
  }
}
