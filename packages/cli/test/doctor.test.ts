import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Finding } from "../src/doctor/checks.ts";
import { longshore } from "./bin.ts";
import { inProcess } from "./in-process.ts";

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "longshore-doctor-"));
  folders.push(folder);
  return folder;
}

const CONFIG = `{
  // with a comment
  "name": "app",
  "main": "src/index.ts",
  "compatibility_date": "2026-11-02",
  "durable_objects": { "bindings": [{ "name": "JOBS", "class_name": "Jobs" }] },
  "exports": { "Jobs": { "type": "durable-object", "storage": "sqlite" } },
  "triggers": { "crons": ["*/5 * * * *"] },
}`;
const INDEX = `import { createQueue } from "@longshore/core";
import { durableObjects } from "@longshore/durable-objects";
export { Jobs } from "./jobs.ts";
export { JobsRunner } from "./runner.ts";
export default {
  async fetch() { return Response.json(await createQueue(durableObjects({})).counts()); },
  async scheduled() { await durableObjects({}).wake(); },
};`;
const FILES: Readonly<Record<string, string>> = {
  "wrangler.jsonc": CONFIG,
  "src/index.ts": INDEX,
  "src/jobs.ts": `import { JobsObject } from "@longshore/durable-objects"; export class Jobs extends JobsObject {}`,
  "src/runner.ts": `import { jobsRunner } from "@longshore/durable-objects"; export const JobsRunner = jobsRunner(() => worker);`,
};

function projectOf(files: Readonly<Record<string, string>>): string {
  const folder = newFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, "node_modules"));
  const esbuild = dirname(createRequire(import.meta.url).resolve("esbuild/package.json"));
  symlinkSync(realpathSync(esbuild), join(folder, "node_modules/esbuild"));
  return folder;
}

async function findings(folder: string, ...args: string[]): Promise<readonly Finding[]> {
  const { code, out, err } = await inProcess(["doctor", folder, "--json", ...args]);
  expect(err).toBe("");
  const { findings: found } = JSON.parse(out) as { findings: readonly Finding[] };
  expect(code).toBe(found.some(({ level }) => level === "wrong") ? 4 : 0);
  return found;
}

/** One mistake, made on purpose in the project above. */
const MISTAKES: readonly (readonly [name: string, file: string, find: string, replace: string, what: RegExp])[] = [
  [
    "an object that is not exported",
    "src/index.ts",
    `export { Jobs } from`,
    `import { Jobs } from`,
    /class Jobs, which src\/index.ts does not export/,
  ],
  [
    "an object under another name",
    "src/index.ts",
    "{ Jobs }",
    "{ Jobs as jobs_ }",
    /does not export \(it exports jobs_\)/,
  ],
  ["a runner that is not exported", "src/index.ts", "export { JobsRunner } from", "import", /exports no JobsRunner: /],
  [
    "a runner under another name",
    "src/index.ts",
    "{ JobsRunner }",
    "{ JobsRunner as jobsRunner }",
    /exports no JobsRunner \(it exports jobsRunner\)/,
  ],
  ["no binding", "wrangler.jsonc", `[{ "name": "JOBS", "class_name": "Jobs" }]`, "[]", /no binding/],
  ["the older storage", "wrangler.jsonc", `"storage": "sqlite"`, `"storage": "kv"`, /older storage/],
  ["no storage", "wrangler.jsonc", `"Jobs": { "type"`, `"Others": { "type"`, /which storage the class Jobs has/],
  ["an old compatibility date", "wrangler.jsonc", "2026-11-02", "2025-01-01", /cannot find their runner/],
  ["a compatibility date to come", "wrangler.jsonc", "2026-11-02", "9999-01-01", /in the future/],
  ["no compatibility date", "wrangler.jsonc", `"compatibility_date"`, `"compatibility"`, /no compatibility_date/],
  ["no trigger", "wrangler.jsonc", `"*/5 * * * *"`, "", /No trigger watches over/],
  ["triggers without a handler", "src/index.ts", "scheduled()", "planned()", /no handler of them/],
  ["a main module that is not there", "wrangler.jsonc", "src/index.ts", "src/worker.ts", /is not there/],
  ["a file that is not there", "src/index.ts", "./runner.ts", "./runners.ts", /src\/index\.ts:4: Could not resolve/],
];

describe("of a project with Durable Objects", () => {
  test("nothing is found where nothing is wrong", async () => {
    expect(await findings(projectOf(FILES))).toEqual([]);
    const migration = CONFIG.replace(/"exports".*/, `"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Jobs"] }],`);
    expect(await findings(projectOf({ ...FILES, "wrangler.jsonc": migration }))).toEqual([]);
    const flag = CONFIG.replace("2026-11-02", `2025-01-01", "compatibility_flags": ["enable_ctx_exports"], "x": "`);
    expect(await findings(projectOf({ ...FILES, "wrangler.jsonc": flag }))).toEqual([]);
  });

  test.each(MISTAKES)("finds %s, and nothing else", async (_name, file, find, replace, what) => {
    const text = FILES[file] ?? "";
    expect(text).toContain(find);
    const found = await findings(projectOf({ ...FILES, [file]: text.replace(find, replace) }));
    expect(found.map((one) => one.what)).toEqual([expect.stringMatching(what)]);
  });

  test("objects of another Worker are bound, and neither run nor watched over here", async () => {
    const bound = CONFIG.replace(`"class_name": "Jobs"`, `"class_name": "Jobs", "script_name": "jobs"`)
      .replace(/"exports".*/, "")
      .replace(/"triggers".*/, "");
    const index = INDEX.replace(/export \{.*/g, "").replace(/async scheduled.*/, "");
    expect(await findings(projectOf({ ...FILES, "wrangler.jsonc": bound, "src/index.ts": index }))).toEqual([]);
    expect(await findings(projectOf({ ...FILES, "wrangler.jsonc": bound }))).toEqual([
      {
        level: "doubtful",
        what: "src/index.ts exports JobsRunner, and the objects are those of another Worker: they call the one of that Worker.",
        todo: expect.stringContaining("runner: false") as unknown,
      },
    ]);
    // Beside a class of one's own, all is as it was.
    const both = CONFIG.replace("}]", `}, { "name": "THEIRS", "class_name": "Jobs", "script_name": "jobs" }]`);
    expect(await findings(projectOf({ ...FILES, "wrangler.jsonc": both }))).toEqual([]);
  });

  test("a class that was renamed has no storage under its old name", async () => {
    const renamed = `"exports": { "Jobs": { "type": "durable-object", "state": "renamed", "renamed_to": "Berth" },`;
    const config = CONFIG.replace(
      /"exports".*/,
      `${renamed} "Berth": { "type": "durable-object", "storage": "sqlite" } },`,
    );
    const files = { ...FILES, "wrangler.jsonc": config };
    expect((await findings(projectOf(files))).map(({ what }) => what)).toEqual([
      "Nothing says which storage the class Jobs has, and wrangler does not deploy it.",
    ]);
  });

  test("the configuration of an environment is its own", async () => {
    const folder = projectOf({ ...FILES, "wrangler.jsonc": CONFIG.replace(/\}$/, `"env": { "live": {} } }`) });
    expect((await findings(folder, "--environment", "live")).map(({ what }) => what)).toEqual([
      expect.stringContaining("no binding"),
    ]);
    const { code, err } = await inProcess(["doctor", folder, "--environment", "test"]);
    expect([code, err]).toEqual([2, expect.stringContaining("has no environment test")]);
  });

  test("a person reads what is wrong and what to do", async () => {
    const folder = projectOf({ ...FILES, "src/index.ts": INDEX.replace("{ JobsRunner }", "{ JobsRunner as Runner }") });
    const { code, out } = await longshore(["doctor"], { cwd: folder });
    expect(code).toBe(4);
    expect(out).toMatch(
      /^wrong +src\/index\.ts exports no JobsRunner \(it exports Runner\).*\n +Export it from there: /,
    );
  });
});

describe("of a project with Queues", () => {
  const QUEUES = {
    "wrangler.toml": `
main = "index.js"
compatibility_date = "2026-11-02"
[[queues.consumers]]
queue = "jobs"
max_retries = 100
dead_letter_queue = "jobs-dead"`,
    "index.js": `import "@longshore/cloudflare-queues"; export default { async queue(batch) {} };`,
  };

  test("nothing is found where nothing is wrong", async () => expect(await findings(projectOf(QUEUES))).toEqual([]));

  test.each([
    [`dead_letter_queue = "jobs-dead"`, "", "no dead_letter_queue"],
    ["max_retries = 100", "", "max_retries 3, the platform's default"],
    ["max_retries = 100", "max_retries = 10", "max_retries 10"],
  ])("finds that %s became %s", async (find, replace, what) => {
    const toml = QUEUES["wrangler.toml"].replace(find, replace);
    expect((await findings(projectOf({ ...QUEUES, "wrangler.toml": toml }))).map((one) => one.what)).toEqual([
      expect.stringContaining(what),
    ]);
  });

  test("finds a queue that is sent to and consumed by nobody here, as where a name is mistyped", async () => {
    const producers = `
[[queues.producers]]
binding = "CARRIER"
queue = "jobs"
[[queues.producers]]
binding = "CARRIER_DEAD"
queue = "jobs-dead"`;
    const sends = { ...QUEUES, "wrangler.toml": QUEUES["wrangler.toml"] + producers };
    expect(await findings(projectOf(sends))).toEqual([]);
    const mistyped = sends["wrangler.toml"].replace(`queue = "jobs"`, `queue = "job"`);
    const what =
      "This Worker sends to the queue jobs, which nothing here consumes: if no other Worker does, none of its jobs runs.";
    expect(await findings(projectOf({ ...sends, "wrangler.toml": mistyped }))).toEqual([
      { level: "doubtful", what, todo: `"consumers": [{ "queue": "jobs", … }], in place of job` },
    ]);
    // One that only sends is right, and one that consumes by its code alone is not.
    const alone = `main = "index.js"\ncompatibility_date = "2026-11-02"${producers}`.replace(
      /\[\[queues.producers\]\]\nbinding = "CARRIER_DEAD"[^]*/,
      "",
    );
    const cloudflareQueues = `import { cloudflareQueues } from "@longshore/cloudflare-queues";`;
    const producer = `${cloudflareQueues} export default { async fetch(_, env) { cloudflareQueues({ queue: env.CARRIER }); } };`;
    expect(await findings(projectOf({ "wrangler.toml": alone, "index.js": producer }))).toEqual([]);
    const consumer = `import { consume } from "@longshore/cloudflare-queues"; export default { async queue(batch) { await consume(batch, {}); } };`;
    expect(await findings(projectOf({ "wrangler.toml": alone, "index.js": consumer }))).toEqual([
      { level: "doubtful", what, todo: `"consumers": [{ "queue": "jobs", … }]` },
    ]);
  });

  test("finds a consumer without a handler", async () => {
    const index = `import "@longshore/cloudflare-queues"; export default { async fetch() {} };`;
    expect(await findings(projectOf({ ...QUEUES, "index.js": index }))).toEqual([
      expect.objectContaining({ what: "jobs is consumed here, and index.js has no handler of it." }),
    ]);
  });
});

test("a schedule of a store without an alarm needs a trigger that comes at its time", async () => {
  const project = (crons: string): string =>
    projectOf({
      "wrangler.json": `{ "main": "index.js", "compatibility_date": "2026-11-02", "triggers": { "crons": ${crons} } }`,
      "index.js": `import { d1 } from "@longshore/d1"; import { cron } from "@longshore/core/cron";
        d1(cron("0 3 * * *")); export default { async scheduled() {} };`,
    });
  expect(await findings(project(`["0 * * * *"]`))).toEqual([
    expect.objectContaining({ level: "doubtful", what: expect.stringContaining(`cron("0 3 * * *")`) }),
  ]);
  expect(await findings(project(`["0 3 * * *"]`))).toEqual([]);
  expect(await findings(project(`["* * * * *"]`))).toEqual([]);
});

test.each([
  ["no project", {}, "There is no wrangler.jsonc"],
  ["a configuration that is no JSON", { "wrangler.json": "{" }, "is not JSON"],
  ["a configuration that is no TOML", { "wrangler.toml": "=" }, "is not TOML"],
])("%s is a wrong use", async (_name, files, said) => {
  const { code, err } = await inProcess(["doctor", projectOf(files)]);
  expect([code, err]).toEqual([2, expect.stringContaining(said)]);
});
