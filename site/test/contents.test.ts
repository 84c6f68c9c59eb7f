import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { sections } from "../contents.ts";
import { readPages } from "../pages.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = sections.flatMap(({ pages }) => pages.map(([file]) => file));

test("the contents have every guide, and the README of every package and app, once", () => {
  const written = globSync(["docs/*.md", "{packages,packages/stores,packages/brokers,apps}/*/README.md"], {
    cwd: root,
  });
  expect(files.filter((file) => file.includes("/")).toSorted()).toEqual(written.toSorted());
});

test("every link in a page leads to a page of the site, or to a file of the repository", () => {
  const pages = readPages();
  const addresses = new Set(pages.map(({ address }) => `/${address}`));
  const links = pages.flatMap(({ text }) =>
    [...text.matchAll(/\]\((\/(?!pictures\/)[^)#]*)/g)].map(([, to = ""]) => to),
  );
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter((to) => !addresses.has(to))).toEqual([]);
});
