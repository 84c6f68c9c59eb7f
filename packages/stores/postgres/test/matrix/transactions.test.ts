import { createQueue, createWorker, defineJob, fixed, handle } from "@longshore/core";
import { newJob } from "@longshore/conformance/tools";
import { PGlite } from "@electric-sql/pglite";
import { sql as drizzleSql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import knexjs from "knex";
import { CompiledQuery, Kysely, PostgresDialect } from "kysely";
import { Pool } from "pg";
import postgresjs from "postgres";
import { DataSource } from "typeorm";
import { afterAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { type Postgres, type PostgresClient, postgres } from "../../src/index.ts";
import { transactOver } from "../pool.ts";
import { openPrisma } from "./prisma.ts";

const url = inject("postgres");

/** Runs something in a transaction; `execute` runs a statement of the user's own in it. */
type Transact = (
  work: (client: PostgresClient, execute: (text: string) => Promise<unknown>) => Promise<void>,
) => Promise<unknown>;
type Setting = {
  readonly jobs: Postgres;
  transact: Transact;
  query(text: string): Promise<readonly unknown[]>;
  end(): Promise<unknown>;
};

const SCHEMA = "transactions";

async function overPool(transactOver: (pool: Pool) => Transact): Promise<Setting> {
  const pool = new Pool({ connectionString: url, max: 4 });
  const query = async (text: string) => (await pool.query(text)).rows as readonly unknown[];
  return { jobs: postgres(pool, { schema: SCHEMA }), transact: transactOver(pool), query, end: () => pool.end() };
}

const pay = defineJob("pay", {
  input: z.object({ order: z.string() }),
  output: z.string(),
  keep: "1h",
  retry: fixed({ attempts: 2, delay: 0 }),
});
const ship = defineJob("ship", { input: z.object({}), keep: "1h" });

const settings: Readonly<Record<string, () => Promise<Setting>>> = {
  ...(url !== undefined && {
    pg: () => overPool((pool) => (work) => transactOver(pool, (client) => work(client, (text) => client.query(text)))),
    "postgres.js": async () => {
      const sql = postgresjs(url, { max: 4, onnotice: () => {} });
      return {
        jobs: postgres(sql, { schema: SCHEMA }),
        transact: (work) => sql.begin((transaction) => work(transaction, (text) => transaction.unsafe(text))),
        query: (text) => sql.unsafe(text),
        end: () => sql.end(),
      };
    },
    Kysely: () =>
      overPool((pool) => {
        const db = new Kysely<never>({ dialect: new PostgresDialect({ pool }) });
        return (work) =>
          db.transaction().execute((transaction) => {
            const run = (text: string, parameters: unknown[] = []) =>
              transaction.executeQuery<object>(CompiledQuery.raw(text, parameters));
            return work(run, run);
          });
      }),
    Drizzle: () =>
      overPool((pool) => {
        const db = drizzle(pool);
        return (work) =>
          db.transaction((transaction) => {
            const run = (text: string, parameters: unknown[] = []) => {
              const parts = text
                .split(/\$(\d+)/)
                .map((part, i) => (i % 2 === 0 ? drizzleSql.raw(part) : drizzleSql`${parameters[Number(part) - 1]}`));
              return transaction.execute<Record<string, unknown>>(drizzleSql.join(parts));
            };
            return work(run, run);
          });
      }),
    TypeORM: async () => {
      const source = await new DataSource({ type: "postgres", url }).initialize();
      const setting = await overPool(
        () => (work) =>
          source.transaction((manager) => {
            const run = (text: string, parameters: unknown[] = []) => manager.query(text, parameters);
            return work(run, run);
          }),
      );
      return { ...setting, end: () => Promise.all([setting.end(), source.destroy()]) };
    },
    Prisma: async () => {
      const prisma = await openPrisma(url);
      const setting = await overPool(
        () => (work) =>
          prisma.$transaction((transaction) => {
            const run = (text: string, parameters: unknown[] = []) => transaction.$queryRawUnsafe(text, ...parameters);
            return work(run, async (text) => run(text));
          }),
      );
      return { ...setting, end: () => Promise.all([setting.end(), prisma.$disconnect()]) };
    },
    Knex: async () => {
      const knex = knexjs({ client: "pg", connection: url });
      const setting = await overPool(
        () => (work) =>
          knex.transaction((transaction) => {
            const run = (text: string, parameters: never[] = []) =>
              transaction.raw(text.replace(/\$\d+/g, "?"), parameters);
            return work(run, async (text) => run(text));
          }),
      );
      return { ...setting, end: () => Promise.all([setting.end(), knex.destroy()]) };
    },
  }),
  PGlite: async () => {
    const db = await PGlite.create();
    return {
      jobs: postgres(db, { schema: SCHEMA }),
      transact: (work) => db.transaction((transaction) => work(transaction, (text) => transaction.query(text))),
      query: async (text) => (await db.query(text)).rows,
      end: () => db.close(),
    };
  },
};

describe.each(Object.entries(settings))("a transaction of %s", async (_name, open) => {
  const { jobs, transact, query, end } = await open();
  afterAll(() => end());

  test("takes its jobs along, whether it commits or not", async () => {
    await query(`drop schema if exists ${SCHEMA} cascade`);
    await jobs.migrate();
    await query(`create table ${SCHEMA}.orders (id text)`);
    const answers: unknown[] = [];
    const order = (id: string, fails: boolean) =>
      transact(async (client, execute) => {
        await execute(`insert into ${SCHEMA}.orders values ('${id}')`);
        answers.push(await jobs.within(client).enqueue([newJob("same"), newJob(id, { payload: `"${id} ?"` })]));
        if (fails) throw new Error("the order is refused");
      });
    await expect(order("out", true)).rejects.toThrow("the order is refused");
    await order("in", false);
    await order("again", false);
    const [created, duplicate] = [{ status: "created" }, { status: "duplicate", state: "enqueued" }];
    expect(answers).toEqual([
      [created, created],
      [created, created],
      [duplicate, created],
    ]);
    expect((await jobs.list({ limit: 9 })).jobs.map(({ id, payload }) => [id, payload])).toEqual([
      ["again", '"again ?"'],
      ["in", '"in ?"'],
      ["same", '{"n":1}'],
    ]);
    expect(await query(`select id from ${SCHEMA}.orders order by id`)).toEqual([{ id: "again" }, { id: "in" }]);
  });

  test("completes its handler's job, or leaves it to the worker", async () => {
    await query(`drop schema if exists ${SCHEMA} cascade`);
    await jobs.migrate();
    await query(`create table ${SCHEMA}.payments (job text)`);
    const runs: string[] = [];
    const handler = handle(pay, async ({ order }, context) => {
      runs.push(`${order} ${context.attempt}`);
      context.enqueue(ship.with({}));
      await transact(async (client, execute) => {
        await execute(`insert into ${SCHEMA}.payments values ('${order}')`);
        await jobs.within(client).complete(context, "paid? $1");
        if (order === "refused" && context.attempt === 1) throw new Error("the card is refused");
      });
      if (order === "unheard") throw new Error("the reply to the commit was lost");
      return "";
    });
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    const worker = createWorker(jobs, { handlers: [handler, handle(ship, () => {})], log: silent });
    for (const order of ["plain", "refused", "unheard"]) {
      await createQueue(jobs).enqueue(pay, { order }, { id: order });
    }
    await worker.drain();
    expect(runs.sort()).toEqual(["plain 1", "refused 1", "refused 2", "unheard 1"]);
    const { jobs: all } = await jobs.list({ limit: 9 });
    expect(all.filter(({ name }) => name === "pay").map(({ id, state, result }) => [id, state, result])).toEqual(
      ["plain", "refused", "unheard"].map((id) => [id, "completed", '"paid? $1"']),
    );
    expect(all.filter(({ name }) => name === "ship").map(({ state }) => state)).toEqual(Array(3).fill("completed"));
    expect(await query(`select job from ${SCHEMA}.payments order by job`)).toEqual(
      ["plain", "refused", "unheard"].map((job) => ({ job })),
    );
  });
});
