/** `pnpm bench:kept`: what a killed Valkey has kept of the jobs that it acknowledged, and what a job takes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { redis } from "@longshore/redis";
import { ioredis } from "@longshore/redis/ioredis";
import { type Server, startRedis } from "@longshore/servers/redis";
import { withValkey } from "@longshore/servers/valkey";
import { Redis } from "ioredis";

const HELP = `pnpm bench:kept [--kills 5] [--json]

Enqueues jobs one by one on several connections, kills the server (SIGKILL), starts it again, and counts the acknowledged jobs
that it has lost: with each way to write its log, and with WAITAOF after each job. On the disk as it is, and on a slow one: strace,
which it needs for that, holds up each fdatasync of the server for a second.`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    kills: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h" },
  },
});
const kills = Number(values.kills);
if (values.help || !Number.isInteger(kills) || kills < 1) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}

type Way = { readonly name: string; readonly appendfsync: string; readonly waits: boolean };
const WAYS: readonly Way[] = [
  { name: "everysec", appendfsync: "everysec", waits: false },
  { name: "everysec, WAITAOF", appendfsync: "everysec", waits: true },
  { name: "always", appendfsync: "always", waits: false },
];
const CONNECTIONS = 10;
const SLOW_MICROSECONDS = 1_000_000;
/** Until a kill, so that it comes at any moment of a second. */
const RUN_MS = [3_000, 4_000] as const;

type Round = { readonly acknowledged: number; readonly lost: number; readonly ms: number };
type Row = Round & { readonly way: string; readonly disk: "as it is" | "slow" };

const rows = await withValkey(async (binary) => {
  const made: Row[] = [];
  for (const disk of ["as it is", "slow"] as const) {
    for (const way of WAYS) {
      const rounds: Round[] = [];
      for (let kill = 0; kill < kills; kill++) rounds.push(await round(binary, way, disk === "slow"));
      const sum = (of: keyof Round): number => rounds.reduce((total, one) => total + one[of], 0);
      made.push({ disk, way: way.name, acknowledged: sum("acknowledged"), lost: sum("lost"), ms: sum("ms") / kills });
    }
  }
  return made;
});
if (rows === undefined) {
  console.log("skipped: there is no valkey-server, and no Debian to take one from");
} else if (values.json) {
  console.log(JSON.stringify({ kills, rows }));
} else {
  for (const { disk, way, acknowledged, lost, ms } of rows) {
    const told = `${kills} kills lost ${lost} of ${acknowledged} acknowledged jobs; a job took ${ms.toFixed(1)} ms`;
    console.log(`disk ${disk.padEnd(8)}  ${way.padEnd(18)}  ${told}`);
  }
}
process.exit(0);

async function round(binary: string, { appendfsync, waits }: Way, isSlow: boolean): Promise<Round> {
  const server = await startRedis({ binary, settings: { appendfsync } });
  const clients = Array.from({ length: CONNECTIONS }, () => new Redis(server.url, { maxRetriesPerRequest: 0 }));
  for (const client of clients) client.on("error", () => {});
  try {
    if (isSlow) await slowDown(server);
    const acknowledged: string[] = [];
    const times: number[] = [];
    const enqueue = async (client: Redis, connection: number): Promise<void> => {
      const jobs = redis({ send: ioredis(client).send });
      for (let n = 0; ; n++) {
        const id = `${connection}-${n}`;
        const from = performance.now();
        await jobs.enqueue([
          { id, name: "task", queue: "default", payload: "", headers: {}, priority: 5, due: { inMs: 0 }, keepMs: 0 },
        ]);
        // Until its own log has what this connection wrote; of replicas it asks none.
        if (waits) await client.call("WAITAOF", "1", "0", "0");
        acknowledged.push(id);
        times.push(performance.now() - from);
      }
    };
    const ended = Promise.allSettled(clients.map(enqueue));
    await delay(RUN_MS[0] + Math.random() * (RUN_MS[1] - RUN_MS[0]));
    await server.kill("SIGKILL");
    await ended;
    await server.start();
    const lost = acknowledged.length - (await standing(server, acknowledged));
    return { acknowledged: acknowledged.length, lost, ms: times.reduce((sum, ms) => sum + ms, 0) / times.length };
  } finally {
    for (const client of clients) client.disconnect();
    await server.stop();
  }
}

async function standing(server: Server, ids: readonly string[]): Promise<number> {
  const client = new Redis(server.url);
  const jobs = redis({ send: ioredis(client).send });
  let found = 0;
  for (let n = 0; n < ids.length; n += 1_000) {
    const rows = await jobs.get(ids.slice(n, n + 1_000).map((id) => ({ id })));
    found += rows.filter((row) => row !== undefined).length;
  }
  client.disconnect();
  return found;
}

/** Plays a disk that is busy: strace holds up what the server waits for until its log is on it. It ends with the server. */
async function slowDown({ url }: Server): Promise<void> {
  const client = new Redis(url);
  const pid = /process_id:(\d+)/.exec(await client.info("server"))?.[1] ?? "";
  client.disconnect();
  const inject = `inject=fdatasync:delay_enter=${SLOW_MICROSECONDS}`;
  const strace = spawn("strace", ["-f", "-p", pid, "-e", "trace=fdatasync", "-e", inject, "-o", "/dev/null"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  // It says that it is attached, or why it may not be.
  const [told] = await Promise.race([once(strace.stderr, "data"), once(strace, "error")]);
  if (!String(told).includes("attached")) throw new Error(`strace, which plays a slow disk: ${String(told)}`);
}
