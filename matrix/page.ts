import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { examples } from "../docs/examples.ts";
import { app } from "./installed.ts";
import { output, root, start, write } from "./outside.ts";

// The page sends its console output to the server.
const MAIN = `
const lines = [];
console.log = (...values) => lines.push(values.join(" "));
try {
  await import("./example.ts");
} catch (error) {
  lines.push(String(error.stack));
}
await fetch("/said", { method: "POST", body: lines.join("\\n") });
`;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Runs the README's first example, bundled by Vite, in headless Chromium. */
export async function pageByVite(): Promise<string> {
  const folder = await app();
  const example = examples().find(({ document, runs }) => document === "README.md" && runs);
  if (example === undefined) throw new Error("the README has no example that runs");
  const cwd = join(folder, "page");
  write(cwd, [
    ["index.html", '<!doctype html><script type="module" src="/main.js"></script>'],
    ["main.js", MAIN],
    ["example.ts", example.code],
  ]);
  // The examples await at their top level.
  const built = await output(join(folder, "node_modules/.bin/vite"), ["build", "--target", "es2022"], { cwd });
  const said = await saidIn(join(cwd, "dist"));
  if (said.trim() !== example.prints?.trim()) throw new Error(`the page printed\n${said}\nand not\n${example.prints}`);
  return [...built.matchAll(/example-\S+\s+.*gzip: [^\n]*/g)]
    .map(([line]) => line)
    .join()
    .replaceAll(/\s+/g, " ");
}

/** Tells the server what the page shows in the end, or what went wrong. */
const WATCH = `<script>
const say = (text) => fetch("/said", { method: "POST", body: text });
addEventListener("error", ({ message }) => say(message));
addEventListener("unhandledrejection", ({ reason }) => say(String(reason.stack)));
new MutationObserver(() => {
  const { textContent } = document.querySelector("output") ?? {};
  if (textContent) void say(textContent);
}).observe(document, { childList: true, subtree: true, characterData: true });
</script>`;

/** Runs the page of docs/browsers.md, which no bundler has seen, in headless Chromium. */
export async function pageByImportMap(): Promise<string> {
  const folder = await app();
  const text = readFileSync(join(root, "docs/browsers.md"), "utf8");
  const [, page, prints = ""] = /^```html\n(.*?)^```\n\s*^```text\n(.*?)^```\n/ms.exec(text) ?? [];
  if (page === undefined) throw new Error("docs/browsers.md has no page that runs");
  write(folder, [["index.html", page.replace("<title>", `${WATCH}<title>`)]]);
  const said = await saidIn(folder, "profile-of-the-import-map");
  if (said.trim() !== prints.trim()) throw new Error(`the page showed\n${said}\nand not\n${prints}`);
  return said.trim();
}

/** Serves a folder to a new browser until its page has reported something. */
async function saidIn(folder: string, profileName = "profile"): Promise<string> {
  const server = createServer();
  const said = new Promise<string>((resolve) => {
    server.on("request", async (request, response) => {
      const path = request.url === "/" ? "/index.html" : (request.url ?? "");
      if (path === "/said") {
        let body = "";
        for await (const chunk of request) body += String(chunk);
        response.end();
        return resolve(body);
      }
      const file = join(folder, path);
      if (!existsSync(file)) return response.writeHead(404).end();
      const type = path.endsWith(".html") ? "text/html" : "text/javascript";
      return response.writeHead(200, { "content-type": type }).end(readFileSync(file));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port, not a pipe
  const profile = `--user-data-dir=${join(folder, profileName)}`;
  const browser = start("chromium", [...FLAGS, profile, `http://127.0.0.1:${port}/`], { cwd: folder });
  try {
    const gone = browser.ended.then(({ said }) => Promise.reject(new Error(`chromium ended\n${said}`)));
    gone.catch(() => {});
    return await Promise.race([said, gone]);
  } finally {
    await browser.stop();
    server.close();
    server.closeAllConnections();
  }
}
