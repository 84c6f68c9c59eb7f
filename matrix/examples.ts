import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { examples } from "../docs/examples.ts";
import { type NodeVersion, app, onNode, runtimes } from "./installed.ts";
import { output, root, write } from "./outside.ts";

/** The documents' examples that run on every runtime; Node's own modules work only on Node. */
const portable = examples().filter(({ runs, code }) => runs && !/from "(node:|@opentelemetry)/.test(code));

/** A document's examples as files, in JavaScript if the runtime does not run TypeScript. */
function files(folder: string, suffix: "ts" | "js"): readonly (readonly [string, string])[] {
  const written = portable.map(({ code }, i): [string, string] => [
    `examples/${i}.${suffix}`,
    suffix === "ts" ? code : transformSync(code, { loader: "ts" }).code,
  ]);
  write(folder, written);
  return written;
}

async function printsWhatItSays(
  folder: string,
  suffix: "ts" | "js",
  command: string,
  ...args: string[]
): Promise<string> {
  const written = files(folder, suffix);
  for (const [i, [file]] of written.entries()) {
    const { document = "", line = 0, prints = "" } = portable[i] ?? {};
    const printed = await output(command, [...args, file], { cwd: folder, env: { DENO_NO_UPDATE_CHECK: "1" } });
    if (printed.trim() !== prints.trim()) throw new Error(`${document}:${line} printed\n${printed}and not\n${prints}`);
  }
  return `${written.length} examples`;
}

export async function examplesOnNode(version: NodeVersion): Promise<string> {
  const { folder, node } = await onNode[version]();
  return printsWhatItSays(folder, version === 20 ? "js" : "ts", node);
}

export async function examplesOnDeno(): Promise<string> {
  const { deno } = await runtimes();
  return printsWhatItSays(await app(), "ts", deno, "run", "--no-prompt");
}

export async function examplesOnBun(): Promise<string> {
  const { bun } = await runtimes();
  return printsWhatItSays(await app(), "ts", bun, "run");
}

/** Runs the program of docs/bun.md, which only Bun can. */
export async function bunPage(): Promise<string> {
  const { bun } = await runtimes();
  const folder = await app();
  const text = readFileSync(join(root, "docs/bun.md"), "utf8");
  const [, code = "", prints = ""] = /^```js\n(.*?)^```\n\s*^```text\n(.*?)^```\n/ms.exec(text) ?? [];
  write(folder, [["bun/main.js", code]]);
  const printed = await output(bun, ["run", "main.js"], { cwd: join(folder, "bun") });
  if (code === "" || printed !== prints) throw new Error(`docs/bun.md printed\n${printed}and not\n${prints}`);
  return printed.trim();
}
