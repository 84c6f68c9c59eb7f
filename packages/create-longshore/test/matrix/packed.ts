import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { output } from "./outside.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder outside of the repository, with all tarballs in its `packed`. */
    readonly outside: string;
  }
}

const root = join(import.meta.dirname, "../../../..");

/** Packs once for all files. Not by `pnpm pack:all`: others may be reading its folder. */
export default async function setup({ provide }: TestProject): Promise<() => void> {
  const outside = mkdtempSync(join(tmpdir(), "longshore-templates-"));
  const pack = ["pnpm@12", "--recursive", "--filter", "./packages/**", "pack", "--pack-destination"];
  await output(root, "npx", "--yes", ...pack, join(outside, "packed"));
  provide("outside", outside);
  return () => rmSync(outside, { recursive: true, force: true, maxRetries: 5 });
}
