import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemPlatform } from "@longshore/core";
import type { ExitCode } from "../exit.ts";
import { EXIT } from "../exit.ts";
import { type Finding, checkProject } from "../doctor/checks.ts";
import { readCode } from "../doctor/code.ts";
import { readConfig } from "../doctor/config.ts";
import { checkStore } from "../doctor/store.ts";
import type { Context } from "../command.ts";
import type { Output } from "../output.ts";
import { safe } from "../text.ts";

export type DoctorOptions = { readonly environment?: string | undefined };

/** Reads the Workers project in a folder. */
export async function doctorOfProject(
  output: Output,
  folder: string,
  { environment }: DoctorOptions,
): Promise<ExitCode> {
  const config = readConfig(folder, environment);
  const { main, file } = config;
  const today = new Date(systemPlatform.now()).toISOString().slice(0, 10);
  if (main === undefined || !existsSync(join(resolve(folder), main))) {
    return told(output, file, [
      {
        level: "wrong",
        what: main === undefined ? "There is no main module." : `The main module ${main} is not there.`,
        todo: `"main": "src/index.ts"`,
      },
    ]);
  }
  const code = await readCode(folder, main);
  if ("unread" in code) {
    return told(output, file, [
      { level: "wrong", what: `${main} could not be read: ${code.unread}`, todo: "The rest depends on it." },
    ]);
  }
  return told(output, file, checkProject(config, code, today));
}

/** Reads the jobs of a store. */
export async function doctorOfStore(context: Context): Promise<ExitCode> {
  const { output, target } = context;
  const { findings, read, more } = await checkStore(context);
  if (more) output.note(`${read} jobs were read; there are more.`);
  return told(output, target.store.name, findings);
}

function told(output: Output, subject: string, findings: readonly Finding[]): ExitCode {
  if (output.json) output.value({ subject, findings });
  else {
    for (const { level, what, todo } of findings) {
      output.line(`${output.bold(level.padEnd(8))} ${safe(what)}`);
      output.line(output.dim(`         ${safe(todo)}`));
    }
    if (findings.length === 0) output.line(`${safe(subject)}: nothing is wrong.`);
  }
  return findings.some(({ level }) => level === "wrong") ? EXIT.found : EXIT.done;
}
