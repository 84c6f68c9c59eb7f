import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

/** The folders of the core, and what each may import of the others. ARCHITECTURE.md says why; lint holds it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  runtime: [],
  values: ["contract", "runtime"],
  retry: ["contract", "runtime", "values"],
  events: ["contract", "runtime", "values"],
  jobs: ["contract", "runtime", "values", "retry", "events"],
  schedules: ["contract", "runtime", "values", "retry", "events", "jobs"],
  stats: ["contract", "runtime", "values"],
  worker: ["contract", "runtime", "values", "retry", "events", "jobs", "schedules"],
  broker: ["contract", "runtime", "values"],
};

const root = join(import.meta.dirname, "../..");
const tree = mkdtempSync(join(tmpdir(), "layers-"));
afterAll(() => rmSync(tree, { recursive: true }));

/** The refused ones of these imports, each by the file that has it. */
function refused(imports: Readonly<Record<string, string>>): string[] {
  for (const [path, from] of Object.entries(imports)) {
    mkdirSync(join(tree, path, ".."), { recursive: true });
    writeFileSync(join(tree, path), `export { x } from "${from}";\n`);
  }
  cpSync(join(root, ".oxlintrc.json"), join(tree, ".oxlintrc.json"));
  const { stdout } = spawnSync(join(root, "node_modules/.bin/oxlint"), ["--format=json"], {
    cwd: tree,
    encoding: "utf8",
  });
  for (const path of Object.keys(imports)) rmSync(join(tree, path));
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  return diagnostics.filter(({ code }) => code.includes("no-restricted-imports")).map(({ filename }) => filename);
}

describe("lint refuses an import that runs back up", () => {
  const folders = Object.keys(MAY_IMPORT);
  const pairs = folders.flatMap((from) => folders.filter((to) => to !== from).map((to) => [from, to] as const));
  const path = (from: string, to: string): string => `packages/core/src/${from}/uses-${to}.ts`;

  test("between the core's folders", () => {
    const found = refused(Object.fromEntries(pairs.map(([from, to]) => [path(from, to), `../${to}/any.ts`])));
    const forbidden = pairs.filter(([from, to]) => !MAY_IMPORT[from]?.includes(to));
    expect(found.toSorted()).toEqual(forbidden.map(([from, to]) => path(from, to)).toSorted());
  });

  test.each([
    "packages/stores/new-store",
    "packages/brokers/new-broker",
    "packages/paired",
    "packages/signals",
    "packages/otel",
    "packages/http",
    "packages/conformance",
    "packages/simulator",
  ])("from %s to an adapter or into a runtime", (folder) => {
    const imports = { "one.ts": "@longshore/memory", "two.ts": "node:fs", "three.ts": "@longshore/core/adapter" };
    const files = Object.entries(imports).map(([file, from]) => [`${folder}/src/${file}`, from]);
    expect(refused(Object.fromEntries(files)).toSorted()).toEqual([`${folder}/src/one.ts`, `${folder}/src/two.ts`]);
  });

  test("from the command line to a store that it does not open itself", () => {
    const imports = {
      "packages/cli/src/one.ts": "@longshore/memory",
      "packages/cli/src/two.ts": "@longshore/sqlite",
      "packages/cli/src/three.ts": "node:fs",
    };
    expect(refused(imports)).toEqual(["packages/cli/src/one.ts"]);
  });

  test("from the program that writes projects to what only the projects use", () => {
    const imports = {
      "packages/create-longshore/src/one.ts": "@longshore/sqlite",
      "packages/create-longshore/src/two.ts": "node:fs",
      "packages/create-longshore/templates/worker/src/three.ts": "@longshore/durable-objects",
      "packages/create-longshore/templates/node-sqlite/src/four.ts": "node:fs",
    };
    expect(refused(imports)).toEqual(["packages/create-longshore/src/one.ts"]);
  });

  test("from the conformance suite to the simulator, which imports it", () => {
    const imports = {
      "packages/conformance/src/one.ts": "@longshore/simulator",
      "packages/simulator/src/one.ts": "@longshore/conformance/tools",
      "packages/simulator/src/two.ts": "@longshore/signals",
    };
    const forbidden = ["packages/conformance/src/one.ts", "packages/simulator/src/two.ts"];
    expect(refused(imports).toSorted()).toEqual(forbidden);
  });

  test("from the test kit to what imports it, and to any store but memory", () => {
    const imports = {
      "packages/testing/src/one.ts": "@longshore/conformance",
      "packages/testing/src/two.ts": "@longshore/sqlite",
      "packages/testing/src/three.ts": "@longshore/memory",
      "packages/testing/src/four.ts": "node:fs",
      "packages/conformance/src/one.ts": "@longshore/testing/tools",
      "packages/stores/memory/src/one.ts": "@longshore/testing",
    };
    const { "packages/testing/src/three.ts": _own, "packages/conformance/src/one.ts": _tools, ...forbidden } = imports;
    expect(refused(imports).toSorted()).toEqual(Object.keys(forbidden).toSorted());
  });

  test("from the dashboard to an adapter, and not to the rules of alerts", () => {
    const imports = {
      "packages/dashboard/src/one.ts": "@longshore/memory",
      "packages/dashboard/src/two.ts": "@longshore/signals",
      "packages/dashboard/src/three.ts": "node:fs",
    };
    const forbidden = ["packages/dashboard/src/one.ts", "packages/dashboard/src/three.ts"];
    expect(refused(imports).toSorted()).toEqual(forbidden.toSorted());
  });

  test("from an adapter to the engine of another's store", () => {
    const engine = "@longshore/sqlite-engine";
    const imports = {
      "packages/stores/durable-objects/src/one.ts": engine,
      "packages/stores/sqlite/src/one.ts": engine,
      "packages/stores/memory/src/one.ts": engine,
      "packages/stores/sqlite-engine/src/one.ts": "@longshore/sqlite",
    };
    const forbidden = ["packages/stores/memory/src/one.ts", "packages/stores/sqlite-engine/src/one.ts"];
    expect(refused(imports).toSorted()).toEqual(forbidden);
  });

  test("between the parts of the Durable Object's package", () => {
    const src = "packages/stores/durable-objects/src";
    const imports = {
      [`${src}/up.ts`]: "./object/host.ts",
      [`${src}/out.ts`]: "./client/client.ts",
      [`${src}/client/in.ts`]: "../store.ts",
      [`${src}/object/out.ts`]: "../client/client.ts",
      [`${src}/object/down.ts`]: "../store.ts",
    };
    const { [`${src}/object/down.ts`]: _allowed, ...forbidden } = imports;
    expect(refused(imports).toSorted()).toEqual(Object.keys(forbidden).toSorted());
  });
});
