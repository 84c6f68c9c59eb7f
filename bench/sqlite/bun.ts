/** The same comparison on Bun, whose queue bunqueue runs nowhere else. Run by `figures.ts`; prints its result. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SqliteHandle } from "@longshore/sqlite";
import { Queue, Worker, shutdownManager } from "bunqueue/client";
import { type Contestant, compare } from "../comparison.ts";
import { SLOTS } from "../longshore.ts";
import { longshore } from "./longshore.ts";

/** `bun:sqlite`, which Node's types do not know. */
const name = "bun:sqlite";
const { Database } = (await import(name)) as { Database: new (path: string) => SqliteHandle };

/** `durable`: without it a job is acknowledged some milliseconds before it is in the file. */
const bunqueue: Contestant = {
  name: "bunqueue",
  async open(file, ran) {
    const queue = new Queue<{ n: number }>("task", { embedded: true, dataPath: file });
    const options = { durable: true, removeOnComplete: true };
    return {
      enqueue: (n) => queue.add("task", { n }, options),
      enqueueMany: (all) => queue.addBulk(all.map((n) => ({ name: "task", data: { n }, opts: options }))),
      async work() {
        const worker = new Worker<{ n: number }>("task", async ({ data }) => ran(data.n), {
          embedded: true,
          dataPath: file,
          concurrency: SLOTS,
          batchSize: SLOTS,
        });
        return () => worker.close();
      },
      async close() {
        await queue.close();
        shutdownManager();
      },
    };
  },
};

const onBun = longshore("longshore on Bun", (file) => {
  const database = new Database(file);
  database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  return { database, close: () => void database.close() };
});

const folder = mkdtempSync(join(tmpdir(), "longshore-bench-"));
let files = 0;
const place = (): string => join(folder, `jobs-${++files}.db`);
const say = (text: string): void => console.error(text);
const figures = await compare({ name: "SQLite on Bun", place, cpu: () => 0 }, [onBun, bunqueue], say);
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify(figures));
process.exit(0);
