import { bunPage, examplesOnBun, examplesOnDeno, examplesOnNode } from "./examples.ts";
import { demoInBrowser, demoOnPostgres } from "./demos.ts";
import { suitesInFirefox } from "./firefox.ts";
import { TYPESCRIPTS } from "./installed.ts";
import { installedByBun, installedByDeno } from "./installers.ts";
import { jsrAccepts } from "./jsr.ts";
import { suitesOnNode } from "./older-nodes.ts";
import { pageByImportMap, pageByVite } from "./page.ts";
import { suitesOf } from "./suites.ts";
import { siteIsBuilt } from "./site.ts";
import { mapsLeadToSources, npmRefuses, tarballsAreWhole } from "./tarballs.ts";
import { testsOfAWorker } from "./testing.ts";
import { typesCheck } from "./types.ts";
import { suitesOnValkey } from "./valkey.ts";
import { workerOf, workerOnNode20 } from "./workers.ts";

/** One cell of the matrix. Resolves with any details of a success, and rejects with the tools' output. */
export type Step = { readonly name: string; readonly run: () => Promise<string | void> };

/** Documents that show a complete Worker. */
const WORKERS = [
  "README.md",
  "packages/stores/durable-objects/README.md",
  "packages/stores/d1/README.md",
  "packages/brokers/cloudflare-queues/README.md",
  "packages/paired/README.md",
];

/** Packages whose suites have a part in the matrix. */
const SUITES = [
  "proof",
  "postgres",
  "durable-objects",
  "d1",
  "conformance",
  "paired",
  "d1 over libSQL",
  "redis",
  "redis over sockets",
  "indexeddb",
  "sqlite",
  "http",
  "sqs",
  "core",
  "cloudflare-queues",
  "rabbitmq",
  "rabbitmq over sockets",
  "testing",
  "create-longshore",
];

/** In the order in which they start: the longest first, so that no core is left with one of them at the end. */
export const steps: readonly Step[] = [
  ...SUITES.map((folder) => ({ name: `suites: ${folder}`, run: () => suitesOf(folder) })),
  ...([20, 22] as const).map((version) => ({
    name: `suites: memory and http on Node ${version}`,
    run: () => suitesOnNode(version),
  })),
  { name: "suites: memory, indexeddb and http in Firefox", run: suitesInFirefox },
  { name: "suites: redis on Valkey", run: suitesOnValkey },
  { name: "tarballs: whole", run: tarballsAreWhole },
  { name: "tarballs: npm refuses to make them", run: npmRefuses },
  { name: "tarballs: maps lead to sources", run: mapsLeadToSources },
  { name: "tarballs: installed by Bun", run: installedByBun },
  { name: "tarballs: installed by Deno", run: installedByDeno },
  { name: "tarballs: JSR's dry run of the sources", run: jsrAccepts },
  ...TYPESCRIPTS.map((version) => ({ name: `types: TypeScript ${version}`, run: () => typesCheck(version) })),
  ...([20, 22, 24] as const).map((version) => ({
    name: `examples: Node ${version}`,
    run: () => examplesOnNode(version),
  })),
  { name: "examples: Deno", run: examplesOnDeno },
  { name: "examples: Bun", run: examplesOnBun },
  ...WORKERS.map((document) => ({ name: `worker: ${document}`, run: () => workerOf(document) })),
  { name: "worker: on Node 20", run: workerOnNode20 },
  { name: "page: Vite, Chromium", run: pageByVite },
  { name: "page: an import map, Chromium", run: pageByImportMap },
  { name: "page: docs/bun.md, Bun", run: bunPage },
  { name: "tests: docs/testing.md", run: testsOfAWorker },
  { name: "site: all pages and the reference", run: siteIsBuilt },
  { name: "demo: apps/node on PostgreSQL", run: demoOnPostgres },
  { name: "demo: apps/field in Chromium", run: demoInBrowser },
];
