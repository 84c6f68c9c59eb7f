import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("types/", import.meta.url));
const EXPECTED = /^\/\/ (.+?) << (.+)$/;
const SAID = /^(\S+)\((\d+),(\d+)\): error TS\d+: (.+)$/;

/** What each marked line should be told, in the fixture's own form: file, line, what is blamed, first line of the error. */
const source = readFileSync(`${folder}mistakes.ts`, "utf8").split("\n");
export const expected = source.flatMap((text, i) => {
  const [, at = "", says] = EXPECTED.exec(text) ?? [];
  return says === undefined ? [] : [{ file: "mistakes.ts", line: i + 2, at, says }];
});

/** What a compiler says of the folder, where `fine.ts` compiles and `mistakes.ts` does not. */
export function compiled(typescript: string): Promise<unknown[]> {
  const tsc = createRequire(import.meta.url)
    .resolve(`${typescript}/package.json`)
    .replace("package.json", "bin/tsc");
  return new Promise((resolve) => {
    // It fails, on purpose: what it says is what counts.
    execFile(process.execPath, [tsc, "-p", folder, "--pretty", "false"], (_failed, stdout) => {
      const said = stdout.split("\n").flatMap((text) => {
        const [, file = "", line = "", column = "", says = ""] = SAID.exec(text) ?? [];
        if (file === "") return [];
        const rest = source[Number(line) - 1]?.slice(Number(column) - 1) ?? "";
        const told = expected.find((mistake) => mistake.line === Number(line));
        const known = told !== undefined && says.startsWith(told.says.replace(/…$/, ""));
        const blamed = told !== undefined && rest.startsWith(told.at);
        const found = { at: blamed ? told.at : rest, says: known ? told.says : says };
        return [{ file: file.split("/").at(-1), line: Number(line), ...found }];
      });
      resolve(said);
    });
  });
}
