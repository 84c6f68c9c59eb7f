import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figures, compare } from "../comparison.ts";
import { contestants } from "./contestants.ts";

/** Compares the SQLite store with plainjob, on one file system and the same work. All of it runs in this process. */
export async function sqliteFigures(say: (text: string) => void): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
  let files = 0;
  try {
    const place = (): string => join(folder, `jobs-${++files}.db`);
    return await compare({ name: "SQLite", place, cpu: () => 0 }, contestants, say);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
