import type { RabbitMQ } from "@longshore/rabbitmq";
import { startRabbitMQ } from "@longshore/servers/rabbitmq";
import amqplib from "amqplib";
import { child, plain } from "../jobs.ts";
import { createLastWords } from "../last-words.ts";
import { buildProcesses } from "../processes/build.ts";
import { startProcesses } from "../processes/processes.ts";
import type { Subject, SubjectOptions } from "../subject.ts";

/** A broker has no rows: instead of these, it tells how many messages wait. */
export type BrokerSubject = Pick<Subject, "kill" | "killAll" | "lastWords" | "stop"> & {
  /** Reaches the server from outside: no kill of a process ends it. */
  readonly broker: RabbitMQ;
  /** Ends all processes, and lets nobody take their place. */
  endAll(): Promise<void>;
  /** Others take it now. */
  startAgain(): Promise<void>;
  /** How many messages wait in the queues of jobs and in those of delays. What a consumer holds is not counted. */
  depth(): Promise<number>;
};

/** After so many kills of processes, the server has been killed once. */
const ROUND = 25;
/** As the adapter names its queues by default. */
const LEVELS = Array.from({ length: 20 }, (_, level) => `longshore.delay.${String(level).padStart(2, "0")}`);
const QUEUES = [plain.queue, child.queue].map((queue) => `longshore.queue.${queue}`);

/** A RabbitMQ, and processes that enqueue and consume. Each of them is killed, and so is the server. */
export async function openRabbitMQ({ ledger, chance, kills, sabotage }: SubjectOptions): Promise<BrokerSubject> {
  const words = createLastWords();
  const { script, opening, remove } = await buildProcesses(sabotage, "consumer");
  const server = await startRabbitMQ({ say: words.say });
  const broker = opening.openRabbitMQ(server.url, 0);
  const processes = await startProcesses({ script, place: server.url, ledger, chance, words });
  const round = Math.min(ROUND, kills);
  const restart = async (): Promise<void> => {
    await ledger.note({ type: "killed", target: "server", name: "server", signal: "SIGKILL" });
    await server.kill("SIGKILL");
    await server.start();
    await ledger.note({ type: "restarted", target: "server" });
  };
  return {
    broker,
    async kill(turn) {
      if (turn % round === 0) await restart();
      await processes.killOne();
    },
    async killAll() {
      await Promise.all([restart(), processes.killAll()]);
      await processes.startAgain();
    },
    endAll: processes.killAll,
    startAgain: processes.startAgain,
    async depth() {
      const connection = await amqplib.connect(server.url);
      try {
        const channel = await connection.createChannel();
        const counts = await Promise.all([...QUEUES, ...LEVELS].map((name) => channel.checkQueue(name)));
        return counts.reduce((sum, { messageCount }) => sum + messageCount, 0);
      } finally {
        await connection.close();
      }
    },
    lastWords: words.all,
    async stop() {
      processes.stop();
      await broker.close();
      await server.stop();
      remove();
    },
  };
}
