import { createQueue, createWorker, defineJob, handle } from "@longshore/core";
import { type PostgresClient, type Listen, listenWith, postgres } from "@longshore/postgres";
import { Client, Pool } from "pg";
import postgresjs from "postgres";
import { z } from "zod";
import { type Server, startServer } from "./server.ts";

const FEW = 10_000;
const MEASURED = 5_000;
const CONNECTIONS = 10;

const task = defineJob("task", { input: z.object({}), keep: 0 });
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Figures by what they are. µs are the server's processor time. */
export async function operatorFigures(
  waiting: number,
  say: (text: string) => void,
): Promise<Readonly<Record<string, number>>> {
  const server = await startServer();
  const pool = new Pool({ connectionString: server.url, max: CONNECTIONS });
  const jobs = postgres(pool, { log: silent });
  const figures: Record<string, number> = {};
  try {
    await jobs.migrate();
    const cost = async (): Promise<number> => Math.round(await costOf(jobs, server));
    /** Jobs are written as the store writes them, but by one statement. */
    const fill = (amount: number): Promise<unknown> =>
      pool.query(
        `insert into longshore.job (id, queue, priority, due, seq, born, keep, name, about, payload)
        select 'job-' || n, 'default', 5, 0, n, 0, 0, 'task', '[{"v":"1"}]', '{}'
        from (select nextval('longshore.seq') as n from generate_series(1, ${amount})) s`,
      );
    say("few jobs wait");
    await fill(FEW);
    await cost();
    await fill(MEASURED);
    figures[`µs a job, ${FEW} waiting`] = await cost();
    say("a transaction stays open");
    const holder = new Client({ connectionString: server.url });
    await holder.connect();
    await holder.query("begin isolation level repeatable read");
    await holder.query("select 1");
    for (let round = 0; round < 3; round++) {
      await fill(MEASURED);
      figures[`µs a job, beside a transaction open for ${(round + 1) * MEASURED} jobs`] = await cost();
    }
    await holder.end();
    await pool.query("vacuum longshore.job");
    await fill(MEASURED);
    figures["µs a job, after its end and a vacuum"] = await cost();
    say(`${waiting} jobs wait`);
    await fill(waiting - FEW);
    await pool.query("vacuum analyze longshore.job");
    await cost();
    figures[`µs a job, ${waiting} waiting`] = await cost();
    const [size] = (
      await pool.query(
        "select pg_total_relation_size('longshore.job')::float8 as bytes, count(*)::float8 as amount from longshore.job",
      )
    ).rows;
    figures["bytes of a waiting job, its indexes included"] = Math.round(size.bytes / size.amount);
    await pool.query("truncate longshore.job");
    say("jobs with unique keys");
    for (const keyed of [false, true, false, true]) {
      const what = keyed ? "with a unique key" : "without one";
      const { us, bytes } = await lifeOf(jobs, server, pool, keyed);
      figures[`µs from enqueue to end of a job, by hundreds, ${what}`] = us;
      figures[`bytes of a waiting job, its key included, ${what}`] = bytes;
    }
    for (const [name, open] of Object.entries(CLIENTS)) {
      say(`an outage, ${name}`);
      Object.assign(figures, await outage(name, open(server.url), server, pool));
    }
  } finally {
    await pool.end();
    server.stop();
  }
  return figures;
}

async function costOf(jobs: Pick<ReturnType<typeof postgres>, "claim" | "settle">, server: Server): Promise<number> {
  const before = server.cpu();
  let done = 0;
  while (done < MEASURED) {
    const taken = await jobs.claim({ queues: [{ name: "default", limit: 100 }], leaseMs: 30_000 });
    await jobs.settle(taken.map((job) => ({ ...job, outcome: { type: "complete" } as const })));
    done += taken.length;
  }
  return (server.cpu() - before) / done;
}

/** What a job costs from its enqueue to its end, and its size while it waits. */
async function lifeOf(
  jobs: Pick<ReturnType<typeof postgres>, "enqueue" | "claim" | "settle">,
  server: Server,
  pool: Pool,
  keyed: boolean,
): Promise<{ readonly us: number; readonly bytes: number }> {
  const before = server.cpu();
  const parts = { name: "task", queue: "default", payload: "{}", headers: { v: "1" }, priority: 5, keepMs: 0 };
  for (let n = 0; n < MEASURED; n += 100) {
    await jobs.enqueue(
      Array.from({ length: 100 }, (_, i) => ({
        ...parts,
        id: `job-${n + i}`,
        due: { inMs: 0 },
        ...(keyed && { unique: { key: `key-${n + i}`, on: "replace" as const } }),
      })),
    );
  }
  const enqueued = server.cpu() - before;
  const { rows } = await pool.query(
    "select pg_total_relation_size('longshore.job')::float8 + pg_total_relation_size('longshore.key')::float8 as bytes",
  );
  const run = await costOf(jobs, server);
  await pool.query("truncate longshore.job, longshore.key");
  return { us: Math.round(enqueued / MEASURED + run), bytes: Math.round(rows[0].bytes / MEASURED) };
}

type Opened = { readonly client: PostgresClient; readonly listen: Listen; end(): Promise<unknown> };

const CLIENTS: Readonly<Record<string, (url: string) => Opened>> = {
  pg(connectionString) {
    const pool = new Pool({ connectionString, max: CONNECTIONS, application_name: "bench" });
    const listen = listenWith(() => new Client({ connectionString, application_name: "bench" }));
    return { client: pool, listen, end: () => pool.end() };
  },
  "postgres.js"(url) {
    const sql = postgresjs(url, { max: CONNECTIONS, connection: { application_name: "bench" }, onnotice: () => {} });
    return {
      client: sql,
      listen: (channel, heard) => sql.listen(channel, heard, heard),
      // Without a timeout it may wait for ever for a connection that is lost.
      end: () => sql.end({ timeout: 5 }),
    };
  },
};

/** The server ends without a word and is back; how long until a thousand jobs have run that are enqueued then. */
async function outage(
  name: string,
  { client, listen, end }: Opened,
  server: Server,
  pool: Pool,
): Promise<Readonly<Record<string, number>>> {
  const jobs = postgres(client, { listen, log: silent });
  const queue = createQueue(jobs, { log: silent });
  let [round, ran] = [0, 0];
  let all = (): void => {};
  const handlers = [handle(task, () => void (++ran === 1_000 && all()))];
  const worker = createWorker(jobs, { handlers, log: silent, queues: { default: 100 } });
  worker.start();
  const thousand = async (): Promise<void> => {
    ran = 0;
    round++;
    const done = new Promise<void>((resolve) => (all = resolve));
    for (;;) {
      try {
        await queue.enqueueMany(
          Array.from({ length: 1_000 }, (_, i) => task.with({}, { id: `${name}-${round}-${i}` })),
        );
        break;
      } catch {
        // Its outcome is unknown, and it is repeated with the same ids.
      }
    }
    await done;
  };
  await thousand();
  const { rows } = await pool.query(
    "select count(*)::int as amount from pg_stat_activity where application_name = 'bench'",
  );
  server.end();
  server.start();
  const before = performance.now();
  await thousand();
  const ms = Math.round(performance.now() - before);
  await worker.stop();
  await jobs.close();
  await end();
  return {
    [`connections at most, ${name}, a pool of ${CONNECTIONS} and a listener`]: rows[0].amount,
    [`ms after the server is back until 1000 new jobs have run, ${name}`]: ms,
  };
}
