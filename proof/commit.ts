import { execFileSync } from "node:child_process";
import { type FigureName, type Stamp, fingerprintsOf } from "./guarantees/judged.ts";

export function stampOf(name: FigureName): Stamp {
  return { commit: commit(), code: fingerprintsOf(name) };
}

/** The commit that figures belong to; `+` where files differ from it. */
export function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync("git", args, { encoding: "utf8", stdio: "pipe" }).trim();
    return git("rev-parse", "--short=12", "HEAD") + (git("status", "--porcelain", "--", "packages") === "" ? "" : "+");
  } catch {
    return "unknown";
  }
}
