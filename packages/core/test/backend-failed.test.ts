import { expect, test } from "vitest";
import { z } from "zod";
import type { Adapter, Control, Depth, Inspect, Keys, ListSchedules, PauseFor, Update } from "../src/adapter.ts";
import { createQueue, createWorker, defineJob, every, handle, schedule } from "../src/index.ts";
import { readStats } from "../src/stats/index.ts";
import { minimalAdapter } from "./minimal-adapter.ts";
import { claimed, manualTime, scriptedBackend, task } from "./scripted-backend.ts";

const refused = Object.assign(new Error("connect to db with secret"), { code: "ECONNREFUSED" });
const fail = async (): Promise<never> => {
  throw refused;
};

/** A driver without a server: every method but `enqueue` fails with its own error. */
const down = {
  get: fail,
  list: fail,
  counts: fail,
  depth: fail,
  cancel: fail,
  replay: fail,
  runNow: fail,
  remove: fail,
  pause: fail,
  resume: fail,
  pauseFor: fail,
  release: fail,
  update: fail,
  listSchedules: fail,
} satisfies Inspect & Control & Depth & Keys & ListSchedules & PauseFor & Update;

const keyed = defineJob("keyed", { input: z.object({}), unique: { key: () => "k" } });
const over = (adapter: Partial<typeof down> = {}) => createQueue({ ...minimalAdapter(), ...down, ...adapter });

test.each<[verb: string, call: (queue: ReturnType<typeof over>) => Promise<unknown>, isRead: boolean]>([
  ["get", (queue) => queue.get("a"), true],
  ["list", (queue) => queue.list(), true],
  ["counts", (queue) => queue.counts(), true],
  ["depth", (queue) => queue.pressure("mail"), true],
  ["listSchedules", (queue) => queue.listSchedules(), true],
  ["cancel", (queue) => queue.cancel("a"), false],
  ["cancel", (queue) => queue.cancelMany(["a"]), false],
  ["replay", (queue) => queue.replay("a"), false],
  ["runNow", (queue) => queue.runNow("a"), false],
  ["remove", (queue) => queue.remove("a"), false],
  ["pause", (queue) => queue.pause("mail"), false],
  ["resume", (queue) => queue.resume("mail"), false],
  ["pauseFor", (queue) => queue.pauseFor("mail", "1s"), false],
  ["release", (queue) => queue.release(keyed, {}), false],
  ["update", (queue) => queue.update(task, "a", { priority: 1 }), false],
])("a driver's error in %s is the cause of ours, which quotes nothing of it", async (verb, call, isRead) => {
  const error: unknown = await call(over()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "backend_failed", cause: refused });
  const { message } = error as Error;
  expect(message).toContain(`The backend failed to ${verb} (ECONNREFUSED)`);
  expect(message.includes("may have done it or not")).toBe(!isRead);
  expect(message).not.toContain("secret");
});

test("an error of ours passes through a queue unchanged, and so does what the adapter throws at once", async () => {
  const own = await over()
    .get("no id of ours: \0")
    .catch((thrown: unknown) => thrown);
  await expect(over({ get: () => Promise.reject(own) }).get("a")).rejects.toBe(own);
  const sudden = over({
    get() {
      throw refused;
    },
  });
  await expect(sudden.get("a")).rejects.toMatchObject({ code: "backend_failed" });
});

test("statistics that cannot be read, and a tick that cannot reach the store, fail with our error, too", async () => {
  await expect(readStats({ stats: fail }, { window: "hour" })).rejects.toMatchObject({
    code: "backend_failed",
    cause: refused,
  });
  const { platform } = manualTime();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const schedules = [schedule("hourly", every("1h"), task.with({}))];
  const worker = createWorker(
    { ...scriptedBackend(platform), declare: fail },
    { handlers: [], schedules, platform, log },
  );
  await expect(worker.tick()).rejects.toMatchObject({ code: "backend_failed", cause: refused });
});

test("a handler whose parents cannot be read gets our error", async () => {
  const { platform } = manualTime();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const met: unknown[] = [];
  const adapter: Adapter & Pick<Inspect, "get"> = { ...scriptedBackend(platform), get: fail };
  const worker = createWorker(adapter, {
    handlers: [
      handle(task, async (_input, { parents }) => void met.push(await parents.get("a").catch((e: unknown) => e))),
    ],
    platform,
    log,
  });
  await worker.run([claimed("b")]);
  expect(met).toEqual([expect.objectContaining({ code: "backend_failed", cause: refused })]);
});
