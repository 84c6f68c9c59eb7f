import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { root } from "../examples.ts";

/** Runs the one test of test/unheard, which passes and leaves a rejected promise behind. */
function run(config: string): Promise<{ readonly failed: boolean; readonly said: string }> {
  const folder = `${root}docs/test/unheard`;
  const args = [`${root}node_modules/.bin/vitest`, "run", "--root", folder, "--config", `${folder}/${config}`];
  return new Promise((resolve) => {
    execFile(args[0] ?? "", args.slice(1), (error, stdout, stderr) => {
      resolve({ failed: error !== null, said: stdout + stderr });
    });
  });
}

describe("a promise that nobody listens to fails every suite", () => {
  test.each(["node.config.ts", "workerd.config.ts"])("with %s", async (config) => {
    const { failed, said } = await run(config);
    expect(said).toContain("nobody listens");
    expect(said).toContain("1 passed");
    expect(failed).toBe(true);
  });

  test("and none of them says otherwise", () => {
    const configs = globSync(
      ["vitest.config*.ts", "{packages/*,packages/stores/*,packages/brokers/*,apps/*,docs,proof}/vitest.config*.ts"],
      { cwd: root },
    );
    expect(configs.length).toBeGreaterThan(10);
    const deaf = configs.filter((file) => /UnhandledError/.test(readFileSync(root + file, "utf8")));
    expect(deaf).toEqual([]);
  });
});
