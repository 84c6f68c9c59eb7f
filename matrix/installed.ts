import { join } from "node:path";
import { built } from "./built.ts";
import { output, install, once, root } from "./outside.ts";
import { publishable } from "../scripts/tarballs.ts";

// Versions are pinned, so that a failure comes from our code and not from a new release.
const NODES = { 20: "20.20.2", 22: "22.23.3" };
export const TYPESCRIPTS = ["5.9.3", "7.0.2"] as const;
const RUNTIMES = ["deno@2.9.6", "bun@1.4.5"];
const PEERS = ["zod@4.6.7", "@opentelemetry/api@1.9.1"];
const APP = [
  ...PEERS,
  "@cloudflare/vitest-plugin@1.5.0",
  "@cloudflare/workers-types@5.20261103.1",
  "@opentelemetry/context-async-hooks@2.12.0",
  "@opentelemetry/core@2.12.1",
  "@opentelemetry/sdk-trace-base@2.12.1",
  "vite@8.3.8",
  "vitest@5.1.1",
  "wrangler@4.156.2",
];

/** New tarballs of all packages. */
export const tarballs = once(async (): Promise<readonly string[]> => {
  await built();
  await output(process.execPath, ["scripts/pack.ts"], { cwd: root });
  return publishable.map(({ tarball }) => join(root, tarball));
});

/** A project with all dependencies of Workers, a page and the documents' examples, on the Node that runs this. */
export const app = once(async () => install("app", [...(await tarballs()), ...APP]));

export type NodeVersion = keyof typeof NODES | 24;

/** The binary of a Node version, from npm. The newest is the Node that runs this. */
async function nodeBinary(version: NodeVersion): Promise<string> {
  if (version === 24) return process.execPath;
  return join(await install(`tool-node-${version}`, [`node@${NODES[version]}`]), "node_modules/node/bin/node");
}

/** The packages as installed by each Node's npm, and that Node. */
export const onNode: Readonly<Record<NodeVersion, () => Promise<{ folder: string; node: string }>>> = {
  20: once(() => installedOn(20)),
  22: once(() => installedOn(22)),
  24: once(() => installedOn(24)),
};

async function installedOn(version: NodeVersion): Promise<{ folder: string; node: string }> {
  const node = await nodeBinary(version);
  return { folder: await install(`node-${version}`, [...(await tarballs()), ...PEERS], node), node };
}

/**
 * The last wrangler for Node 20 (the next one needs 22), with the packages, on that Node. Its runtime is of April 2026:
 * older than `exports` in the configuration (4.107) and than the documents' dates.
 */
export const onOldWrangler = once(async () => {
  const { node } = await onNode[20]();
  return { folder: await install("old-wrangler", [...(await tarballs()), "zod@4.6.7", "wrangler@4.86.0"], node), node };
});

/** Deno's and Bun's binaries. */
export const runtimes = once(async () => {
  const folder = await install("tool-runtimes", RUNTIMES);
  return { deno: join(folder, "node_modules/deno/bin.cjs"), bun: join(folder, "node_modules/bun/bin/bun.exe") };
});

type CompilerVersion = (typeof TYPESCRIPTS)[number];
const compilers = new Map<CompilerVersion, Promise<string>>();

/** A compiler, in its own folder. Steps that run side by side share it: two installations at once would break each other. */
export function compiler(version: CompilerVersion): Promise<string> {
  const known = compilers.get(version) ?? installedCompiler(version);
  compilers.set(version, known);
  return known;
}

async function installedCompiler(version: CompilerVersion): Promise<string> {
  return join(await install(`tool-typescript-${version}`, [`typescript@${version}`]), "node_modules/.bin/tsc");
}
