import { createRequire } from "node:module";

const manifest = createRequire(import.meta.url)("../package.json") as { version: string }; // our own

/** Of this program. */
export const version: string = manifest.version;
