import { type Make, type Report, conformance, contractCases } from "@longshore/conformance";
import { statistics } from "@longshore/core/stats";
import { beforeAll, describe, expect, test } from "vitest";
import { indexedDB } from "../src/index.ts";
import { noChromium, runInPage } from "./chromium.ts";
import { type Reports, historyNames } from "./page/suite.ts";

/** Only looked at for its methods and traits: everything is run in the page. */
const shown: Make = () => {
  const open = () => indexedDB("shown", { stats: statistics() });
  return { adapter: open(), reopen: open };
};

/** More seeds, and longer histories: test/matrix. */
const SEED = 1;
const OPERATIONS = 150;

const checks = await conformance(shown);
const contractChecks = await conformance(shown, contractCases);

let reports: Reports;
beforeAll(async () => {
  if (noChromium === undefined) {
    reports = await runInPage<Reports>(new URL("page/suite.ts", import.meta.url), "runSuite", SEED, OPERATIONS);
  }
});

/** What the page says of a case. */
function expectPassed({ passed, failed, skipped }: Report, name: string): void {
  const failure = failed.find((one) => one.name === name) ?? skipped.find((one) => one.name === name);
  expect(failure).toBeUndefined();
  expect(passed).toContain(name);
}

describe("the IndexedDB store in a page of Chromium", () => {
  for (const { name, skip = noChromium } of checks) {
    test(name, (context) => (skip === undefined ? expectPassed(reports.one, name) : context.skip(skip)));
  }
});

describe("two connections to one database, called in turn", () => {
  for (const { name, skip = noChromium } of contractChecks) {
    test(name, (context) => (skip === undefined ? expectPassed(reports.two, name) : context.skip(skip)));
  }
});

describe("a random history is as the model says", () => {
  for (const name of historyNames) {
    test(`${name} (seed ${SEED})`, (context) => {
      if (noChromium !== undefined) context.skip(noChromium);
      expect(reports.histories[name]).toBe("as the model says");
    });
  }
});
