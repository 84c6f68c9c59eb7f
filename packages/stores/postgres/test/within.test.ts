import { codeOf, createQueue, defineJob } from "@longshore/core";
import { Client, Pool } from "pg";
import postgresjs from "postgres";
import { afterAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { type Postgres, postgres } from "../src/index.ts";

const url = inject("postgres");
const task = defineJob("task", { input: z.object({}), keep: 0 });

describe.skipIf(url === undefined)("what is in no transaction is refused by `within`", () => {
  const pool = new Pool({ connectionString: url, max: 2 });
  const sql = postgresjs(url ?? "", { max: 2, onnotice: () => {} });
  afterAll(() => Promise.all([pool.end(), sql.end()]));

  async function fresh(): Promise<Postgres> {
    await pool.query("drop schema if exists within cascade");
    const jobs = postgres(pool, { schema: "within" });
    await jobs.migrate();
    return jobs;
  }
  const said = async (call: () => unknown): Promise<string> => {
    try {
      await call();
      return "nothing";
    } catch (error) {
      return `${codeOf(error)}: ${(error as Error).message}`;
    }
  };

  test("a pool, and the sql of postgres.js, whose statements have a connection each", async () => {
    const jobs = await fresh();
    // @ts-expect-error: a pool is a mistake that the compiler finds, too
    expect(await said(() => jobs.within(pool))).toMatch(/^invalid_option: .*pool\.connect\(\)/);
    expect(await said(() => jobs.within(sql))).toMatch(/^invalid_option: .*begin passes/);
    expect((await createQueue(jobs).list()).jobs).toEqual([]);
  });

  test("a client of pg before its BEGIN, and after its end", async () => {
    const jobs = await fresh();
    const client = new Client({ connectionString: url });
    await client.connect();
    const queue = createQueue(jobs.within(client));
    expect(await said(() => queue.enqueue(task, {}))).toMatch(/^invalid_option: .*BEGIN/);
    await client.query("BEGIN");
    expect((await queue.enqueue(task, {})).status).toBe("created");
    await client.query("COMMIT");
    expect(await said(() => queue.enqueue(task, {}))).toMatch(/^invalid_option: .*BEGIN/);
    await client.end();
    expect((await createQueue(jobs).list()).jobs).toHaveLength(1);
  });

  test("and what is in one is taken: of begin, of a reserved connection, and of one that is the only one", async () => {
    const jobs = await fresh();
    await sql.begin(async (transaction) => createQueue(jobs.within(transaction)).enqueue(task, {}));
    const reserved = await sql.reserve();
    await reserved`begin`;
    await createQueue(jobs.within(reserved)).enqueue(task, {});
    await reserved`commit`;
    reserved.release();
    const single = postgresjs(url ?? "", { max: 1, onnotice: () => {} });
    await single`begin`;
    await createQueue(jobs.within(single)).enqueue(task, {});
    await single`commit`;
    await single.end();
    expect((await createQueue(jobs).list()).jobs).toHaveLength(3);
  });
});
