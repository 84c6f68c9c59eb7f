import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { create, scratch } from "./command.ts";

const TEMPLATE = ["--template", "node-sqlite"];

test("a folder that is not empty is refused, and stays as it was", async () => {
  const cwd = scratch();
  mkdirSync(join(cwd, "my-app"));
  for (const file of ["notes.txt", "other.txt"]) writeFileSync(join(cwd, "my-app", file), "mine");
  const { code, err } = await create(cwd, ["my-app", ...TEMPLATE]);
  expect(code).toBe(2);
  expect(err).toMatch(/my-app is not empty: it has notes\.txt and 1 more\. Choose a folder that is new or empty/);
  expect(readdirSync(join(cwd, "my-app"))).toEqual(["notes.txt", "other.txt"]);
});

test("a folder with nothing but a repository's own is as good as empty", async () => {
  const cwd = scratch();
  mkdirSync(join(cwd, "my-app/.git"), { recursive: true });
  expect((await create(cwd, ["my-app", ...TEMPLATE])).code).toBe(0);
});

test("a file in the folder's place is refused", async () => {
  const cwd = scratch();
  writeFileSync(join(cwd, "my-app"), "");
  const { code, err } = await create(cwd, ["my-app", ...TEMPLATE]);
  expect([code, err]).toEqual([2, expect.stringMatching(/my-app is a file.* Choose another folder/)]);
});

test.each(["My-App", "1app", "my app", "my_app", "app-", ".app", "é", "a".repeat(64), "$(id)"])(
  "a project cannot be called %s",
  async (name) => {
    const cwd = scratch();
    const { code, err } = await create(cwd, [name, ...TEMPLATE]);
    expect([code, err]).toEqual([2, expect.stringContaining("Try another one, such as my-app.")]);
    expect(readdirSync(cwd)).toEqual([]);
  },
);

test("an unknown template is refused with the names of those that there are", async () => {
  const cwd = scratch();
  const { code, err } = await create(cwd, ["my-app", "--template", "toString"]);
  expect([code, err]).toEqual([2, expect.stringMatching(/no template "toString".*--template: node-sqlite, .*worker/)]);
  expect(readdirSync(cwd)).toEqual([]);
});

test("without a terminal, what is missing is named and not asked for", async () => {
  const cwd = scratch();
  for (const args of [[], ["my-app"], TEMPLATE]) {
    const { code, err } = await create(cwd, args);
    expect([code, err]).toEqual([2, expect.stringContaining("create-longshore my-app --template node-sqlite")]);
  }
  expect(readdirSync(cwd)).toEqual([]);
});

test("an older Node than the project needs is refused before anything is written", async () => {
  const cwd = scratch();
  const { code, err } = await create(cwd, ["my-app", ...TEMPLATE], { version: "v20.20.2" });
  expect([code, err]).toEqual([2, expect.stringMatching(/needs Node 24 or later, and this is v20\.20\.2\. Install/)]);
  expect(readdirSync(cwd)).toEqual([]);
});

test("an option that does not exist is refused with a way to those that do", async () => {
  const { code, err } = await create(scratch(), ["my-app", "--templat", "node-sqlite"]);
  expect([code, err]).toEqual([2, expect.stringMatching(/unknown option '--templat'[^]*--help/)]);
});

test("a folder without tarballs, with several versions or without a package that is needed is refused", async () => {
  const cwd = scratch();
  const say = async (): Promise<string> => (await create(cwd, ["my-app", ...TEMPLATE, "--tarballs", "packed"])).err;
  expect(await say()).toMatch(/has no tarballs of Longshore\. Make them in a clone/);
  mkdirSync(join(cwd, "packed"));
  writeFileSync(join(cwd, "packed/longshore-core-0.1.0.tgz"), "");
  expect(await say()).toMatch(/The tarballs lack @longshore\/dashboard\. Make all of them/);
  writeFileSync(join(cwd, "packed/longshore-core-0.2.0.tgz"), "");
  expect(await say()).toMatch(/several versions/);
  expect(readdirSync(cwd)).toEqual(["packed"]);
});
