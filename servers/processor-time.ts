import { readFileSync, readdirSync } from "node:fs";

/** The processor time in µs of a process, of its children, and of those of them that have ended. Linux counts in hundredths. */
export function processorTime(pid: number): number {
  let ticks = 0;
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${entry}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      const own = Number(fields[11]) + Number(fields[12]);
      const ended = Number(fields[13]) + Number(fields[14]);
      if (Number(entry) === pid) ticks += own + ended;
      else if (Number(fields[1]) === pid) ticks += own;
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks * 10_000;
}
