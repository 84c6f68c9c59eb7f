import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProcesses } from "../processes/build.ts";
import { createLastWords } from "../last-words.ts";
import { startProcesses } from "../processes/processes.ts";
import type { OpenSubject } from "../subject.ts";

/** A file, and processes that keep jobs in it and run them. This process is one more, which is not killed. */
export const openSqlite: OpenSubject = async ({ ledger, chance, sabotage }) => {
  const words = createLastWords();
  const folder = mkdtempSync(join(tmpdir(), "longshore-kills-"));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const { script, opening, remove } = await buildProcesses(sabotage);
  const place = join(folder, "jobs.db");
  const adapter = opening.openSqlite(place);
  const processes = await startProcesses({ script, place, ledger, chance, words });
  return {
    adapter,
    lanes: 1,
    wokenByCalls: false,
    keeper: "process",
    kill: processes.killOne,
    async killAll() {
      await processes.killAll();
      await processes.startAgain();
    },
    lastWords: words.all,
    async stop() {
      processes.stop();
      await adapter.close();
      remove();
      removeFolder();
      process.removeListener("exit", removeFolder);
    },
  };
};
