import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Figures, compare } from "../comparison.ts";
import { contestants } from "./contestants.ts";

/**
 * Compares the SQLite store with plainjob, and on Bun with bunqueue, on one file system and the same work. All of it runs
 * in this process, or in one of Bun.
 */
export async function sqliteFigures(say: (text: string) => void): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
  let files = 0;
  try {
    const place = (): string => join(folder, `jobs-${++files}.db`);
    const onNode = await compare({ name: "SQLite", place, cpu: () => 0 }, contestants, say);
    say("SQLite on Bun");
    const bun = fileURLToPath(import.meta.resolve("bun/bin/bun.exe"));
    const script = fileURLToPath(new URL("bun.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(bun, ["run", script], { cwd: folder });
    return both(onNode, JSON.parse(stdout) as Figures); // of bun.ts
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function both(one: Figures, other: Figures): Figures {
  const { single, bulk, concurrent, drain, cpu, latency } = other;
  return {
    single: { ...one.single, ...single },
    bulk: { ...one.bulk, ...bulk },
    concurrent: { ...one.concurrent, ...concurrent },
    drain: { ...one.drain, ...drain },
    cpu: { ...one.cpu, ...cpu },
    latency: { ...one.latency, ...latency },
  };
}
