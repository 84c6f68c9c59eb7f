import { startRedis } from "@longshore/servers/redis";
import { createLastWords } from "../last-words.ts";
import { buildProcesses } from "../processes/build.ts";
import { startProcesses } from "../processes/processes.ts";
import type { OpenSubject } from "../subject.ts";

/** After so many kills of processes, the server has been killed once. */
const ROUND = 25;

/** A server of Redis, and processes that work with it. Each of them is killed, and so is the server. */
export const openRedis: OpenSubject = async ({ ledger, chance, kills, sabotage }) => {
  const words = createLastWords();
  const { script, opening, remove } = await buildProcesses(sabotage);
  // Its log is written before each answer: by default it may be late (`everysec`).
  const settings = { appendfsync: "always", ...sabotage?.settings };
  const server = await startRedis({ settings, say: words.say });
  const log = ({ message }: { readonly message: string }): void => words.say(message);
  const adapter = opening.openRedis(server.url, { debug: log, info: log, warn: log, error: log });
  const processes = await startProcesses({ script, place: server.url, ledger, chance, words });
  const round = Math.min(ROUND, kills);
  const restart = async (): Promise<void> => {
    await ledger.note({ type: "killed", target: "server", name: "server", signal: "SIGKILL" });
    await server.kill("SIGKILL");
    await server.start();
    await ledger.note({ type: "restarted", target: "server" });
  };
  return {
    adapter,
    lanes: 1,
    wokenByCalls: false,
    keeper: "server",
    async kill(turn) {
      if (turn % round === 0) await restart();
      await processes.killOne();
    },
    async killAll() {
      await Promise.all([restart(), processes.killAll()]);
      await processes.startAgain();
    },
    lastWords: words.all,
    async stop() {
      processes.stop();
      await server.stop();
      remove();
    },
  };
};
