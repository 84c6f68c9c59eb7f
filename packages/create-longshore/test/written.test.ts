import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TEMPLATES, folderOf } from "../src/templates.ts";
import { create, scratch } from "./command.ts";

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
};
const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")); // ours

for (const template of TEMPLATES) {
  const { name, secrets, node } = template;
  const args = ["orders", "--template", name];

  test(`${name}: the project has its folder's name, everywhere`, async () => {
    const cwd = scratch();
    expect(await create(cwd, args)).toMatchObject({ code: 0, err: "" });
    const folder = join(cwd, "orders");
    expect(manifestIn(folder).name).toBe("orders");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8"));
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.join("\n")).not.toContain("my-app");
  });

  test(`${name}: its secrets, if any, are new each time, only their owner's, and ignored by git`, async () => {
    const cwd = scratch();
    const { file, names } = secrets ?? { file: undefined, names: [] };
    const seen: string[] = [];
    for (const project of ["one", "two"]) {
      await create(cwd, [project, "--template", name]);
      if (file === undefined) continue;
      const path = join(cwd, project, file);
      const lines = [...readFileSync(path, "utf8").matchAll(/^([A-Z_]+)=(\S{32})$/gm)];
      expect(lines.map(([, key]) => key)).toEqual(names);
      seen.push(...lines.map(([, , value = ""]) => value));
      expect(statSync(path).mode & 0o077).toBe(0);
      expect(readFileSync(join(cwd, project, ".gitignore"), "utf8").split("\n")).toContain(file);
    }
    expect(new Set(seen).size).toBe(2 * names.length);
  });

  test(`${name}: Longshore's packages are of this version, and the Node is the one that is checked`, async () => {
    const { version } = manifestIn(join(import.meta.dirname, ".."));
    const cwd = scratch();
    await create(cwd, args);
    const { dependencies, devDependencies, engines, overrides } = manifestIn(join(cwd, "orders"));
    const ours = Object.entries({ ...dependencies, ...devDependencies }).filter(([one]) => one.includes("longshore"));
    expect(ours.length).toBeGreaterThan(2);
    expect(new Set(ours.map(([, range]) => range))).toEqual(new Set([`^${version}`]));
    expect(overrides).toBeUndefined();
    expect(engines.node).toBe(`>=${node}`);
  });

  test(`${name}: with tarballs, all of Longshore's packages come from there, also those that packages need`, async () => {
    const cwd = scratch();
    const { dependencies, devDependencies } = manifestIn(folderOf(template));
    const ours = Object.keys({ ...dependencies, ...devDependencies }).filter((one) => one.includes("longshore"));
    mkdirSync(join(cwd, "packed"));
    const tarball = (one: string): string => join(cwd, "packed", `${one.replace("@", "").replace("/", "-")}-0.1.0.tgz`);
    for (const one of [...ours, "@longshore/sqlite-engine"]) writeFileSync(tarball(one), "");
    await create(cwd, [...args, "--tarballs", "packed"]);
    const made = manifestIn(join(cwd, "orders"));
    for (const one of ours) expect({ ...made.dependencies, ...made.devDependencies }[one]).toBe(`file:${tarball(one)}`);
    const file = `file:${tarball("@longshore/sqlite-engine")}`;
    expect(made.overrides?.["@longshore/sqlite-engine"]).toBe(file);
    const workspace = readFileSync(join(cwd, "orders/pnpm-workspace.yaml"), "utf8");
    expect(workspace).toContain(`"@longshore/sqlite-engine": ${JSON.stringify(file)}`);
  });
}

test.each([
  [undefined, "cd orders && npm install && npm test", "npm run dev"],
  ["npm/11.1.0 node/v24.0.0 linux x64", "cd orders && npm install && npm test", "npm run dev"],
  ["pnpm/12.0.0 npm/? node/v24.0.0", "cd orders && pnpm install && pnpm test", "pnpm dev"],
  ["bun/1.4.5 npm/? node/v24.0.0", "cd orders && bun install && bun run test", "bun run dev"],
  ["toString/1", "cd orders && npm install && npm test", "npm run dev"],
])("started by %s, it ends with two commands", async (agent, install, dev) => {
  const { out } = await create(scratch(), ["orders", "--template", "node-sqlite"], {
    env: { npm_config_user_agent: agent },
  });
  expect(out.split("\n").map((line) => line.trim())).toEqual(expect.arrayContaining([install, dev]));
});

test("the password is never printed", async () => {
  const cwd = scratch();
  const { out } = await create(cwd, ["orders", "--template", "node-sqlite"]);
  const [, password = "none"] = /=(\S+)/.exec(readFileSync(join(cwd, "orders/.env"), "utf8")) ?? [];
  expect(out).not.toContain(password);
});
