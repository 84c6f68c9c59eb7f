import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noChromium } from "./chromium.ts";
import { VERSION } from "../src/tables.ts";
import { type Site, openSite } from "./site.ts";

describe.skipIf(noChromium)(`several tabs of a site${noChromium === undefined ? "" : ` (${noChromium})`}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  test("drain the same jobs at the same time, and none runs twice (F123)", async () => {
    const tabs = await Promise.all([site.tab(), site.tab(), site.tab(), site.tab()]);
    await tabs[0]?.call("enqueue", 0, 400);
    const drained = await Promise.all(tabs.map((tab) => tab.call<string[]>("drain", 5)));
    expect(drained.flat().toSorted()).toEqual(Array.from({ length: 400 }, (_, i) => `job-${i}`).toSorted());
  });

  test("send no more requests for a job than it needs", async () => {
    const tab = await site.tab();
    const opens = ["get", "getAll"];
    const puts = Array.from({ length: 102 }, () => "put");
    const enqueued = await tab.call<string[][]>("requestsOf", "enqueue", 0, 100);
    expect(enqueued).toEqual([[...opens, "getAllKeys", ...puts]]);
    const heads = ["openKeyCursor by an index", "openKeyCursor by an index"];
    const claim = [...opens, ...heads, "getAll by an index"];
    const found = [...opens, ...heads];
    expect(await tab.call<string[][]>("requestsOf", "drain", 100)).toEqual([
      [...claim, ...puts],
      [...opens, "getAllKeys", "getAll", "getAllKeys", "delete", "delete"],
      found,
    ]);
    await tab.call("enqueue", 100, 1);
    expect(await tab.call<string[][]>("requestsOf", "drain", 1)).toEqual([
      [...claim, "put", "put", "put"],
      [...opens, "get", "delete", "delete"],
      found,
    ]);
  });

  test.each([4, 90])("end many jobs between which %i others stand, and leave those alone", async (others) => {
    const tab = await site.tab();
    await tab.call("enqueue", 0, 100);
    // In the order of their ids, too, the first and the last are among them.
    const left = Array.from({ length: others }, (_, i) => `job-${99 - ((i * 33) % 100)}`);
    await tab.call("completeAllBut", left, 100);
    const found = await tab.call("ids");
    await clear(site);
    expect(found).toEqual(left.toSorted());
  });

  test("hear of a job that one of them enqueues", async () => {
    const [one, other] = [await site.tab(), await site.tab()];
    await other.call("listen");
    expect(await other.call("woken")).toBe(0);
    await one.call("enqueue", 0, 1);
    await other.until<number>("woken", (times) => times > 0);
    expect(await one.call("drain", 1)).toEqual(["job-0"]);
  });

  test.each(["worker", "service worker"])(
    "share the jobs with a %s, which runs theirs and enqueues some",
    async (kind) => {
      const tab = await site.tab();
      await tab.call("enqueue", 0, 3);
      expect(await tab.call("inWorker", kind, "drain", 10)).toEqual(["job-0", "job-1", "job-2"]);
      await tab.call("inWorker", kind, "enqueue", 3, 2);
      expect(await tab.call("drain", 10)).toEqual(["job-3", "job-4"]);
    },
  );

  test("go on with an empty database after the site's data was cleared, and say so (F120)", async () => {
    const tab = await site.tab();
    await tab.call("enqueue", 0, 3);
    const warned = tab.page.waitForEvent("console", (message) =>
      message.text().includes("has closed longshore:shared"),
    );
    const browser = await site.browser.newCDPSession(tab.page);
    await browser.send("Storage.clearDataForOrigin", { origin: site.url, storageTypes: "indexeddb" });
    await warned;
    expect(await tab.call("ids")).toEqual([]);
    await tab.call("enqueue", 3, 1);
    expect(await tab.call("ids")).toEqual(["job-3"]);
    await tab.call("drain", 1);
  });

  test("close the database for a newer version, and then ask for a reload (F128)", async () => {
    const old = await site.tab();
    await old.call("enqueue", 0, 1);
    const newer = await site.tab();
    expect(await newer.call("openRaw", VERSION + 1)).toBe(VERSION + 1);
    const refusal = { code: "invalid_option", message: expect.stringContaining("reload the page") };
    expect(await old.call("failure")).toEqual(refusal);
    await clear(site);
  });

  test("are told if an older tab does not close the database (F128)", async () => {
    const old = await site.tab();
    await old.call("enqueue", 0, 1);
    expect(await old.call("openRaw", VERSION)).toBe(VERSION);
    const newer = await site.tab();
    await newer.call("becomeNewer");
    const refusal = { code: "store_in_use", message: expect.stringContaining("close or reload the site's other tabs") };
    expect(await newer.call("failure")).toEqual(refusal);
    await old.page.close();
    expect(await newer.call("failure")).toBeUndefined();
    await clear(site);
  });

  test("find the jobs of version 1 of the database, and give unique keys to new ones (F128)", async () => {
    const old = await site.tab();
    await old.call("enqueue", 0, 3);
    await old.call("becomeVersion", 1, ["unique", ...SINCE_4]);
    const newer = await site.tab();
    expect(await newer.call("drain", 1)).toEqual(["job-0", "job-1", "job-2"]);
    const unique = { key: "k", on: "replace" };
    expect(await newer.call("enqueueOne", "a", { unique })).toEqual([{ status: "created" }]);
    expect(await newer.call("enqueueOne", "b", { unique })).toEqual([{ status: "replaced", id: "a" }]);
    expect(await newer.call("drain", 1)).toEqual(["a"]);
  });

  test.each([
    [3, SINCE_4],
    [4, SINCE_5],
  ])(
    "find the jobs of version %i of the database, and limits and parents for new ones (F128)",
    async (version, since) => {
      const old = await site.tab();
      await old.call("enqueue", 0, 2);
      await old.call("becomeVersion", version, since);
      const newer = await site.tab();
      await newer.call("enqueue", 2, 3, 10, { limits: { key: "k", running: 1 } });
      await newer.call("enqueueOne", "last", { after: { jobs: [{ id: "job-4" }], onFailed: "dead" } });
      expect(await newer.call("running", 6)).toEqual([3, 1, 1, 1]);
    },
  );

  test("wait for a job's parents, whichever of them ends those, and then run it once", async () => {
    const tabs = await Promise.all([site.tab(), site.tab(), site.tab()]);
    await tabs[0]?.call("enqueue", 0, 60);
    const jobs = Array.from({ length: 60 }, (_, i) => ({ id: `job-${i}` }));
    await tabs[0]?.call("enqueueOne", "last", { after: { jobs, onFailed: "dead" } });
    const drained = (await Promise.all(tabs.map((tab) => tab.call<string[]>("drain", 2)))).flat();
    const last = await tabs[0]?.call<string[]>("drain", 1);
    expect([...drained, ...(last ?? [])].toSorted()).toEqual(["last", ...jobs.map(({ id }) => id)].toSorted());
  });

  test("let no more jobs of a key run at a time than its limit, and run each", async () => {
    const tabs = await Promise.all([site.tab(), site.tab(), site.tab()]);
    await tabs[0]?.call("enqueue", 0, 60, 10, { limits: { key: "k", running: 2 } });
    const counts = (await Promise.all(tabs.map((tab) => tab.call<number[]>("running", 60)))).flat();
    expect(Math.max(...counts)).toBe(2);
    expect(await tabs[0]?.call("ids")).toEqual([]);
  });

  test("take as many jobs of a key in one claim as they ask for, if it has no number", async () => {
    const tab = await site.tab();
    await tab.call("enqueue", 0, 40, 10, { limits: { key: "k" } });
    expect(await tab.call("take", 30)).toBe(30);
    await clear(site);
  });

  test("are told where the browser gives them no storage (F132)", async () => {
    const page = await site.browser.newPage();
    await page.goto(`${site.url}sandboxed`);
    const failure = await page.evaluate(() => (globalThis as unknown as { failure(): unknown }).failure()); // by page/tab.ts
    expect(failure).toEqual({ code: "invalid_option", message: expect.stringContaining("There is no IndexedDB") });
  });

  test("are told if they closed the store themselves", async () => {
    const tab = await site.tab();
    await tab.call("close");
    expect(await tab.call("failure")).toMatchObject({ code: "invalid_option" });
  });

  test("open the database again if its connection has died in silence (F121)", async () => {
    const tab = await site.tab();
    await tab.call("enqueue", 0, 1);
    await tab.call("loseConnection");
    await tab.call("enqueue", 1, 1);
    expect(await tab.call("drain", 2)).toEqual(["job-0", "job-1"]);
  });

  test("write with strict durability unless they were told otherwise (F122)", async () => {
    const tab = await site.tab();
    expect(await tab.call("durabilities", "enqueue", 0, 1)).toEqual(["strict"]);
    expect(await tab.call("durabilities", "drain", 1)).toEqual(["strict", "strict", "strict"]);
  });

  test("find what was acknowledged after the browser was killed", async () => {
    const acknowledged: string[] = [];
    let enough = (): void => {};
    const fifty = new Promise<void>((resolve) => (enough = resolve));
    const tab = await site.tab(async (page) => {
      await page.exposeFunction("told", (id: string) => {
        if (acknowledged.push(id) === 50) enough();
      });
    });
    void tab.call("enqueueForever").catch(() => {}); // it ends with the browser
    await fifty;
    await site.kill();
    const found = await (await site.tab()).call<string[]>("ids");
    expect(acknowledged.filter((id) => !found.includes(id))).toEqual([]);
    // The last one may have been written, and its acknowledgement not heard.
    expect(found.length - acknowledged.length).toBeLessThan(3);
  });
});

/** What version 4 of the database did not have, and version 3. */
const SINCE_5 = ["family", "families"];
const SINCE_4 = ["lane", "numbered", "rates", ...SINCE_5];

/** Deletes the database; nothing holds it open any more. */
async function clear(site: Site): Promise<void> {
  for (const page of site.browser.pages().slice(1)) await page.close();
  const tab = await site.tab();
  const browser = await site.browser.newCDPSession(tab.page);
  await browser.send("Storage.clearDataForOrigin", { origin: site.url, storageTypes: "indexeddb" });
}
