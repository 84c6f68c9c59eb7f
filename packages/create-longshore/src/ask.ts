import type { Readable, Writable } from "node:stream";
import { cancel, intro, isCancel, select, text } from "@clack/prompts";
import { refusal } from "./refusal.ts";
import { targetOf } from "./target.ts";
import { TEMPLATES } from "./templates.ts";

/** What the command line has said so far. */
export type Wishes = { readonly folder: string | undefined; readonly template: string | undefined };

export type Terminal = { readonly input: Readable; readonly output: Writable };

/** Asks at a terminal for what the command line has left open. */
export async function ask(
  { folder, template }: Wishes,
  cwd: string,
  terminal: Terminal,
): Promise<{ folder: string; template: string }> {
  intro("A project with Longshore's jobs", terminal);
  return {
    folder: folder ?? (await askForFolder(cwd, terminal)),
    template: template ?? (await askForTemplate(terminal)),
  };
}

async function askForFolder(cwd: string, terminal: Terminal): Promise<string> {
  const answer = await text({
    ...terminal,
    message: "In which folder? Its name becomes the project's.",
    placeholder: "my-app",
    defaultValue: "my-app",
    validate: (value) => complaintAbout(value || "my-app", cwd),
  });
  return isCancel(answer) ? end(terminal) : answer;
}

async function askForTemplate(terminal: Terminal): Promise<string> {
  const answer = await select({
    ...terminal,
    message: "Where do the jobs run, and where are they kept?",
    options: TEMPLATES.map(({ name, title }) => ({ value: name, label: title, hint: name })),
  });
  return isCancel(answer) ? end(terminal) : answer;
}

function complaintAbout(folder: string, cwd: string): string | undefined {
  try {
    targetOf(folder, cwd);
    return undefined;
  } catch (error) {
    return String((Object(error) as Partial<Error>).message);
  }
}

function end(terminal: Terminal): never {
  cancel("Nothing was written.", terminal);
  throw refusal("Start again whenever you want.");
}
