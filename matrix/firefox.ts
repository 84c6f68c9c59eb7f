import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { built } from "./built.ts";
import { type Running, root, scratch, start, write } from "./outside.ts";

const FIREFOX = "/usr/bin/firefox-esr";

/** Files that put a function at `globalThis`, which runs a suite and resolves to its reports. */
const SUITES = {
  memory: "packages/conformance/test/runtimes/page.ts",
  indexeddb: "packages/stores/indexeddb/test/page/suite.ts",
  http: "packages/http/test/page/suite.ts",
} as const;
/** Serves what the page of `http` calls. */
const STORES = "packages/http/test/runtimes/stores.ts";

type Report = {
  readonly passed: readonly unknown[];
  readonly failed: readonly { readonly name: string; readonly error: string }[];
};
type IndexedDBReports = {
  readonly one: Report;
  readonly two: Report;
  readonly histories: Readonly<Record<string, string>>;
};

/** Runs the suites of what works in a page in Debian's Firefox, one after the other: each has a page and a profile. */
export async function suitesInFirefox(): Promise<string> {
  if (!existsSync(FIREFOX)) return `skipped: there is no ${FIREFOX}: install Debian's firefox-esr`;
  await built();
  const memory = (await saidBy("memory", "report()")) as Report;
  const { one, two, histories } = (await saidBy("indexeddb", "runSuite(1, 150)")) as IndexedDBReports;
  const stores = start(process.execPath, [STORES], { cwd: root });
  const http = await stores
    .says(/^http:\S+$/)
    .then((url) => saidBy("http", `runSuite("${url}")`) as Promise<Report>)
    .finally(() => stores.stop());

  const reports = { memory, indexeddb: one, "indexeddb over two connections": two, http };
  const failed = Object.entries(reports).flatMap(([suite, report]) =>
    report.failed.map(({ name, error }) => `${suite}: ${name}: ${error}`),
  );
  for (const [name, said] of Object.entries(histories)) {
    if (said !== "as the model says") failed.push(`indexeddb: a history ${name}: ${said}`);
  }
  if (failed.length > 0) throw new Error(failed.join("\n"));
  return Object.entries(reports)
    .map(([suite, { passed }]) => `${suite} ${passed.length}`)
    .join(", ");
}

/** A browser that asks nobody for updates, experiments, lists or add-ons, and sends nothing. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.safebrowsing.downloads.remote.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.topsites.contile.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.systemAddon.update.enabled": false,
  "extensions.update.enabled": false,
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};

/** What a suite's page reports, as data. */
async function saidBy(suite: keyof typeof SUITES, call: string): Promise<unknown> {
  const script = await bundle(
    `const suite = async () => (await import("./${SUITES[suite]}"), globalThis.${call});
     const said = await suite().then((value) => ({ value }), (error) => ({ error: String(error?.stack ?? error) }));
     await fetch("/said", { method: "POST", body: JSON.stringify(said) });`,
  );
  const folder = scratch(`firefox-${suite}`);
  const preferences = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`,
  );
  write(folder, [["user.js", preferences.join("\n")]]);
  let browser: Running | undefined;
  const server = createServer();
  try {
    const said = new Promise<string>((resolve) => {
      server.on("request", async (request, response) => {
        if (request.url === "/said") {
          let body = "";
          for await (const chunk of request) body += String(chunk);
          response.end();
          return resolve(body);
        }
        const isScript = request.url === "/script.js";
        response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
        return response.end(isScript ? script : `<!doctype html><script type="module" src="/script.js"></script>`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo; // it listens on a port, not a pipe
    const args = ["--headless", "--no-remote", "--profile", folder, `http://127.0.0.1:${port}/`];
    browser = start(FIREFOX, args, { cwd: folder, env: { HOME: folder } });
    const gone = browser.ended.then(({ said }) => Promise.reject(new Error(`${FIREFOX} ended\n${said}`)));
    gone.catch(() => {});
    const { value, error } = JSON.parse(await Promise.race([said, gone]));
    if (error !== undefined) throw new Error(`${suite}: ${error}`);
    return value;
  } finally {
    await browser?.stop();
    server.close();
    server.closeAllConnections();
  }
}

/** One module of plain JavaScript. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}
