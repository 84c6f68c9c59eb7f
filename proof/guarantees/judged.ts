import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { transformSync } from "esbuild";
import { STORES, type StoreName } from "../kills/sabotages.ts";
import { root } from "./code.ts";

/** The code that each published figure judges. After a change of it, the figure has to be measured again. */
const JUDGED = {
  sim: [
    "packages/core",
    "packages/stores/memory",
    "packages/signals",
    "packages/testing",
    "packages/simulator",
    "proof/alerts",
  ],
  places: [
    "packages/core",
    "packages/stores/memory",
    "packages/signals",
    "packages/testing",
    "packages/simulator",
    "proof/alerts",
  ],
  saboteurs: ["packages/core", "proof/saboteurs", "packages/testing", "packages/simulator"],
  mutants: [
    "packages/core",
    "packages/stores/memory",
    "packages/stores/durable-objects",
    "packages/stores/sqlite-engine",
    "packages/brokers/cloudflare-queues",
    "packages/paired",
    "packages/http",
    "packages/stores/d1",
    "packages/stores/postgres",
    "packages/stores/sqlite",
    "packages/signals",
    "proof/mutants",
  ],
} as const;

/** The same, of the kill loop over each store and over its sabotages. */
const KILLED: Readonly<Record<StoreName, readonly string[]>> = {
  "durable-objects": ["packages/core", "packages/stores/durable-objects", "packages/stores/sqlite-engine"],
  postgres: ["packages/core", "packages/stores/postgres"],
  rabbitmq: ["packages/core", "packages/brokers/rabbitmq"],
  redis: ["packages/core", "packages/stores/redis"],
  sqlite: ["packages/core", "packages/stores/sqlite", "packages/stores/sqlite-engine"],
};

type KillName = `kills-${StoreName}`;
type SabotageName = `sabotages-${StoreName}`;
export type FigureName = keyof typeof JUDGED | KillName | SabotageName;

function placesOf(name: FigureName): readonly string[] {
  const store = STORES.find((one) => name === `kills-${one}` || name === `sabotages-${one}`);
  return store === undefined ? JUDGED[name as keyof typeof JUDGED] : KILLED[store]; // all other names are its keys
}

/** A hash of the code in each place when figures were made, by place. */
export type Fingerprints = Readonly<Record<string, string>>;

/** The code that figures belong to; taken before they are measured. */
export type Stamp = { readonly commit: string; readonly code: Fingerprints };

/**
 * Hashes of the code without comments, types and format. A commit's id would not do, because a clone may be shallow and
 * history may be rewritten.
 */
export function fingerprintsOf(name: FigureName): Fingerprints {
  return Object.fromEntries(placesOf(name).map((place) => [place, fingerprint(place)]));
}

const known = new Map<string, string>();

function fingerprint(place: string): string {
  const found = known.get(place) ?? computed(place);
  known.set(place, found);
  return found;
}

function computed(place: string): string {
  const folder = existsSync(`${root}${place}/package.json`) ? `${place}/src` : place;
  const files = globSync(`${folder}/**/*.ts`, { cwd: root }).toSorted();
  if (files.length === 0) throw new Error(`there is no code in ${folder}`);
  const hash = createHash("sha256");
  for (const file of files) {
    const code = codeOf(readFileSync(root + file, "utf8"));
    // Skips files that contain only types.
    if (code !== "") hash.update(`${file}\n${code}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** A source without comments, types and format. */
export function codeOf(source: string): string {
  return transformSync(source, { loader: "ts", minifyWhitespace: true, legalComments: "none" }).code.trim();
}

/** The places whose code has changed since figures were made. */
export function changedSince(name: FigureName, code: Fingerprints | undefined): readonly string[] {
  const now = fingerprintsOf(name);
  return Object.keys(now).filter((place) => now[place] !== code?.[place]);
}
