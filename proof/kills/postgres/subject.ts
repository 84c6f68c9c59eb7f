import type { Signal } from "../note.ts";
import { buildProcesses } from "../processes/build.ts";
import { createLastWords } from "../last-words.ts";
import { startProcesses } from "../processes/processes.ts";
import type { OpenSubject } from "../subject.ts";
import { startServer } from "./server.ts";

/** After so many kills of processes, the server has been killed once and restarted once. */
const ROUND = 25;

/** A server of PostgreSQL, and processes that work with it. Each of them is killed, and the server restarted as well. */
export const openPostgres: OpenSubject = async ({ ledger, chance, kills, sabotage }) => {
  const words = createLastWords();
  const { script, opening, remove } = await buildProcesses(sabotage);
  const server = await startServer(sabotage?.settings ?? {}, words);
  const log = ({ message }: { readonly message: string }): void => words.say(message);
  const adapter = opening.openPostgres(server.url, { debug: log, info: log, warn: log, error: log });
  await adapter.migrate();
  const processes = await startProcesses({ script, place: server.url, ledger, chance, words });
  const round = Math.min(ROUND, kills);
  const restart = async (signal: Signal): Promise<void> => {
    await ledger.note({ type: "killed", target: "server", name: "server", signal });
    await server.restart(signal);
    await ledger.note({ type: "restarted", target: "server" });
  };
  return {
    adapter,
    lanes: 1,
    wokenByCalls: false,
    keeper: "server",
    async kill(turn) {
      if (turn % round === 0) await restart("SIGKILL");
      if (turn % round === Math.floor(round / 2)) await restart("SIGQUIT");
      await processes.killOne();
    },
    async killAll() {
      await Promise.all([restart("SIGKILL"), processes.killAll()]);
      await processes.startAgain();
    },
    lastWords: words.all,
    stop() {
      processes.stop();
      server.stop();
      remove();
    },
  };
};
