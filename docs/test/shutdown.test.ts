import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";
import { createQueue, defineJob } from "@longshore/core";
import { redis } from "@longshore/redis";
import { ioredis } from "@longshore/redis/ioredis";
import { startRedis } from "@longshore/servers/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { root } from "../examples.ts";
import { projectOf } from "../projects.ts";

const folder = `${root}docs/generated-shutdown/`;
const project = projectOf("docs/shutdown.md");

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  // Nobody wants to wait for ten seconds to see that they are waited for.
  for (const [name, text] of project) writeFileSync(folder + name, text.replace('grace: "10s"', 'grace: "10ms"'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const servers = [...project.keys()].filter((name) => name !== "jobs.ts" && name !== "with-redis.ts");

test("there is an example for Hono, Express and Fastify", () => {
  expect(servers).toEqual(["hono.ts", "express.ts", "fastify.ts"]);
});

test.each(servers)("%s hands back its job at SIGTERM and ends with 0", async (name) => {
  const server = spawn(process.execPath, [folder + name], {
    cwd: folder,
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const lines: string[] = [];
    createInterface({ input: server.stdout }).on("line", (line) => lines.push(line));
    const ended = new Promise((resolve) => server.once("close", resolve));
    const said = (part: string | RegExp): Promise<string | undefined> =>
      vi.waitUntil(() => lines.find((line) => line.match(part)), { timeout: 200_000 });

    const url = /http:\S+/.exec((await said("http:")) ?? "")?.[0];
    const response = await fetch(`${url}/resize`, { method: "POST" });
    expect([response.status, await response.json()]).toEqual([202, expect.objectContaining({ status: "created" })]);
    await said("resizing");
    server.kill("SIGTERM");
    expect(await ended).toBe(0);
    const [attempt] = lines.filter((line) => line.includes('"status"')).map((line): unknown => JSON.parse(line));
    expect(attempt).toMatchObject({ job_name: "resize", status: "snoozed", attempt: 1 });
  } finally {
    server.kill("SIGKILL");
  }
});

test.each(servers)("%s ends with 0 although a client keeps its connections busy", async (name) => {
  const server = spawn(process.execPath, [folder + name], {
    cwd: folder,
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const agent = new Agent({ keepAlive: true });
  try {
    const lines: string[] = [];
    createInterface({ input: server.stdout }).on("line", (line) => lines.push(line));
    const ended = new Promise((resolve) => server.once("close", resolve));
    const line = await vi.waitUntil(() => lines.find((one) => one.includes("http:")), { timeout: 200_000 });
    const url = /http:\S+/.exec(line)?.[0] ?? "";
    let asked = 0;
    const client = async (): Promise<void> => {
      while (await answered(`${url}/resize`, agent)) asked++;
    };
    // So many that some are answered at the moment of the signal.
    const clients = Promise.all(Array.from({ length: 50 }, client));
    await vi.waitUntil(() => asked > 500, { timeout: 200_000 });
    server.kill("SIGTERM");
    expect(await ended).toBe(0);
    await clients;
  } finally {
    agent.destroy();
    server.kill("SIGKILL");
  }
});

test("a worker with a client of Redis ends with 0, as that is closed", async () => {
  const server = await startRedis();
  const worker = spawn(process.execPath, [`${folder}with-redis.ts`], {
    cwd: folder,
    env: { ...process.env, REDIS_URL: server.url },
    stdio: "inherit",
  });
  const client = new Redis(server.url);
  try {
    const ended = new Promise((resolve) => worker.once("close", resolve));
    const store = redis({ ...ioredis(client) });
    const { id } = await createQueue(store).enqueue(defineJob("greet", { input: z.object({}) }), {});
    await vi.waitUntil(async () => (await createQueue(store).get(id))?.state === "completed", { timeout: 200_000 });
    worker.kill("SIGTERM");
    expect(await ended).toBe(0);
  } finally {
    worker.kill("SIGKILL");
    client.disconnect();
    await server.stop();
  }
});

/** False if the connection was refused or cut. */
function answered(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const open = request(url, { method: "POST", agent }, (response) => {
      response.resume().once("end", () => resolve(true));
    });
    open.once("error", () => resolve(false));
    open.end();
  });
}
