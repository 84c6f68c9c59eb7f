import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../demo/main.ts", import.meta.url));
const run = promisify(execFile);

// A restart and a SIGKILL in the middle, counted by the warehouse. On PostgreSQL, whose server is ended, too: `pnpm matrix`.
test("no order is lost on SQLite, whatever happens to the app", async () => {
  const { stdout } = await run(process.execPath, [MAIN, "--only", "sqlite", "--json"]);
  const { sqlite } = JSON.parse(stdout) as { readonly sqlite: unknown };
  expect(sqlite).toMatchObject({ acknowledged: 329, delivered: 329, lost: 0, unknown: 0 });
});

test("a database that the demo does not know is refused, with those that it does", async () => {
  const refused = run(process.execPath, [MAIN, "--only", "mysql"]);
  await expect(refused).rejects.toMatchObject({
    code: 2,
    stderr: "--only must be sqlite or postgres, but is mysql.\n",
  });
});
