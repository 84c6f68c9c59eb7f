/** Bundles the page into `src/assets.ts`, so that the package needs no files beside its modules, on any runtime. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const NOTICE = "/*! Preact, MIT licence, (c) Jason Miller and contributors */\n";

const { outputFiles } = await build({
  entryPoints: ["main.tsx", "style.css"].map((name) => fileURLToPath(new URL(`page/${name}`, import.meta.url))),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  outdir: "page",
  write: false,
});
const text = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
const [script, style] = [NOTICE + text(".js"), text(".css")];
const version = createHash("sha256")
  .update(script + style)
  .digest("hex")
  .slice(0, 12);
const constants = { script, style, version };
writeFileSync(
  new URL("src/assets.ts", import.meta.url),
  `// Written by build.ts from page/.\n${Object.entries(constants)
    .map(([name, value]) => `export const ${name}: string = ${JSON.stringify(value)};\n`)
    .join("")}`,
);
