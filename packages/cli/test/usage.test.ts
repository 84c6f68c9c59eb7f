import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createQueue } from "@longshore/core";
import { memory } from "@longshore/memory";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCodeOf, messageOf } from "../src/exit.ts";
import { BIN, command, longshore } from "./bin.ts";
import { inProcess } from "./in-process.ts";
import { fill } from "./jobs.ts";
import { type Filled, TOKEN, overHttp } from "./stores.ts";

const folder = mkdtempSync(join(tmpdir(), "longshore-usage-"));
afterAll(() => rmSync(folder, { recursive: true }));

const COMMANDS = ["counts", "jobs", "job", "dead", "replay", "cancel", "pause", "resume", "schedules", "top", "tail"];

test.each(COMMANDS)("%s --help tells its options and needs no store", async (name) => {
  const { code, out, err } = await inProcess([name, "--help"]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain(`Usage: longshore ${name}`);
  expect(out).toContain("--json");
});

test("--version prints that of the package", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(await inProcess(["--version"])).toMatchObject({ code: 0, out: `${version}\n`, err: "" });
});

test.each([
  ["no store", ["counts"], "Say where the jobs are"],
  ["two stores", ["counts", "--url", "http://127.0.0.1:1", "--sqlite", "jobs.db"], "Give one of --url, --sqlite"],
  ["a schema of what has none", ["counts", "--sqlite", "jobs.db", "--schema", "shop"], "--schema is for --postgres"],
  ["a schema of no store at all", ["doctor", "--schema", "shop"], "Say where the jobs are"],
  ["a command that does not exist", ["cuonts"], "Did you mean counts?"],
  ["an option that does not exist", ["counts", "--nope"], "unknown option"],
  ["a job without its id", ["job"], "missing required argument"],
  ["a state that does not exist", ["jobs", "--state", "gone", "--sqlite", "jobs.db"], "must be one of delayed"],
  [
    "a limit that is no number",
    ["jobs", "--limit", "many", "--sqlite", "jobs.db"],
    "--limit must be a whole number from 1 to 10000",
  ],
  ["metadata without a value", ["jobs", "--metadata", "user", "--sqlite", "jobs.db"], "must be key=value"],
  ["a URL of nothing", ["counts", "--url", "ftp://example.com"], "--url must be that of `serve`"],
])("%s is a wrong use, which ends with 2 and says what was expected", async (_name, args, said) => {
  const { code, out, err } = await inProcess(args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(said);
});

test.skipIf(!existsSync("/dev/full"))("an answer that cannot be written is a failure in one line", async () => {
  const { code, err } = await command("sh", ["-c", `"$0" "$1" --help > /dev/full`, process.execPath, BIN]);
  expect([code, err]).toEqual([1, expect.stringMatching(/^The answer could not be written: ENOSPC.*\n$/)]);
});

test("a server that is not there is told by what the system said of it", async () => {
  const { code, err } = await inProcess(["counts", "--url", "http://127.0.0.1:1"]);
  expect([code, err]).toEqual([1, expect.stringMatching(/ECONNREFUSED|bad port/)]);
});

test("a file that is not there is not made", async () => {
  const file = join(folder, "none.db");
  const { code, err } = await inProcess(["counts", "--sqlite", file]);
  expect([code, err, existsSync(file)]).toEqual([2, `There is no file ${file}.\n`, false]);
});

test("a database without jobs gets no tables", async () => {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const file = join(folder, "other.db");
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE orders (id)");
  const { code, err } = await inProcess(["counts", "--sqlite", file]);
  expect([code, err]).toEqual([2, expect.stringContaining("has no jobs")]);
  expect(database.prepare("SELECT name FROM sqlite_master").all()).toEqual([{ name: "orders" }]);
  database.close();
});

test("the token is sent to no other machine without encryption, and is in no message", async () => {
  const env = { LONGSHORE_TOKEN: TOKEN };
  const { code, err } = await inProcess(["counts", "--url", "http://example.com/jobs"], { env });
  expect(code).toBe(2);
  expect(err).toContain("use https");
  expect(err).not.toContain(TOKEN);
});

test.each([
  ["http://user:a-secret-of-a-url@127.0.0.1:1/jobs", "LONGSHORE_TOKEN"],
  ["https://127.0.0.1:1/jobs?token=a-secret-of-a-url", "without a query"],
])("a secret within --url is refused, and in no message", async (url, said) => {
  const { code, out, err } = await inProcess(["counts", "--url", url]);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(said);
  expect(err).not.toContain("a-secret-of-a-url");
});

test.each([`${TOKEN}\r`, `${TOKEN} é`, "漢"])(
  "a token that no header can carry is named as the cause: %j",
  async (token) => {
    const env = { LONGSHORE_TOKEN: token };
    const { code, err } = await inProcess(["counts", "--url", "http://127.0.0.1:1/jobs"], { env });
    expect([code, err]).toEqual([2, expect.stringContaining("LONGSHORE_TOKEN must be")]);
    expect(err).not.toContain(TOKEN);
  },
);

test.each([
  ["a file of something else", () => writeFileSync(join(folder, "notes.txt"), "no database ".repeat(99)), "notes.txt"],
  ["a folder", () => {}, "."],
])("%s is no database, and the message names it", async (_name, make, file) => {
  make();
  const { code, out, err } = await inProcess(["counts", "--sqlite", join(folder, file)]);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(`${join(folder, file)} cannot be read as a SQLite database`);
});

test("a store that cannot be reached ends with 1", async () => {
  const { code, out, err } = await inProcess(["counts", "--url", "http://127.0.0.1:1/jobs"]);
  expect([code, out]).toEqual([1, ""]);
  expect(err).not.toBe("");
});

test("of a store that fails, a person is told what its driver said", async () => {
  const queue = createQueue({ ...memory(), counts: () => Promise.reject(new Error("disk full")) });
  const error: unknown = await queue.counts().catch((thrown: unknown) => thrown);
  expect(messageOf(error)).toMatch(/^backend_failed: .*disk full/);
  expect(exitCodeOf(error)).toBe(1);
});

test("completion knows the commands and the states", async () => {
  expect((await longshore(["complete", "bash"])).out).toContain("longshore");
  expect((await longshore(["complete", "--", ""])).out).toMatch(/^schedules\b/m);
  expect((await longshore(["complete", "--", "jobs", "--state", ""])).out).toMatch(/^stalled\b/m);
});

describe("over a server", () => {
  let filled: Filled;
  beforeAll(async () => {
    filled = await overHttp({ payloads: false });
    await fill(filled.store);
  });
  afterAll(() => filled.close());

  test("what the command line says counts more than the environment", async () => {
    const env = { ...filled.env, LONGSHORE_SQLITE: join(folder, "none.db") };
    expect((await inProcess(["counts", ...filled.args], { env })).code).toBe(0);
  });

  test("a wrong token ends with 1, and the message says why", async () => {
    const { code, err } = await inProcess(["counts", ...filled.args], { env: { LONGSHORE_TOKEN: "wrong" } });
    expect([code, err]).toEqual([1, expect.stringMatching(/^unauthorized: /)]);
  });

  test("a caller who may not read payloads is shown none, even with --data", async () => {
    const { out } = await inProcess(["job", "mail:editor", "--data", ...filled.args], { env: filled.env });
    expect(out).toContain("[redacted]");
  });

  test("which jobs to act on must be said, in one way", async () => {
    for (const args of [
      ["replay"],
      ["cancel"],
      ["replay", "mail:editor", "--all"],
      ["replay", "--all", "--queue", "mail"],
    ]) {
      const { code, err } = await inProcess([...args, ...filled.args], { env: filled.env });
      expect([code, err]).toEqual([2, expect.stringContaining("Say which jobs")]);
    }
  });

  test("what an option cannot narrow is not acted on as if it were not there", async () => {
    for (const args of [
      ["replay", "mail:editor", "--dry-run"],
      ["replay", "mail:editor", "--cursor", "mail:author"],
      ["cancel", "--queue", "mail", "--partition", "user-42"],
      ["replay", "--all", "--partition", "user-42"],
    ]) {
      const { code, err } = await inProcess([...args, ...filled.args], { env: filled.env });
      expect([args, code, err]).toEqual([args, 2, expect.stringContaining("for")]);
    }
    expect((await inProcess(["counts", ...filled.args], { env: filled.env })).out).toMatch(/^mail +1 +1 +2$/m);
  });
});
