import { cancel, intro, isCancel, select, text } from "@clack/prompts";
import { refusal } from "./refusal.ts";
import { targetOf } from "./target.ts";
import { TEMPLATES } from "./templates.ts";

/** What the command line has said so far. */
export type Wishes = { readonly folder: string | undefined; readonly template: string | undefined };

/** Asks at the terminal for what the command line has left open. */
export async function ask({ folder, template }: Wishes, cwd: string): Promise<{ folder: string; template: string }> {
  intro("A project with Longshore's jobs");
  return {
    folder: folder ?? (await askForFolder(cwd)),
    template: template ?? (await askForTemplate()),
  };
}

async function askForFolder(cwd: string): Promise<string> {
  const answer = await text({
    message: "In which folder? Its name becomes the project's.",
    placeholder: "my-app",
    defaultValue: "my-app",
    validate: (value) => complaintAbout(value || "my-app", cwd),
  });
  return isCancel(answer) ? given() : answer;
}

async function askForTemplate(): Promise<string> {
  const answer = await select({
    message: "Where do the jobs run, and where are they kept?",
    options: TEMPLATES.map(({ name, title }) => ({ value: name, label: title, hint: name })),
  });
  return isCancel(answer) ? given() : answer;
}

function complaintAbout(folder: string, cwd: string): string | undefined {
  try {
    targetOf(folder, cwd);
    return undefined;
  } catch (error) {
    return String((Object(error) as Partial<Error>).message);
  }
}

function given(): never {
  cancel("Nothing was written.");
  throw refusal("Start again whenever you want.");
}
