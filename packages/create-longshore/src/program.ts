import { relative } from "node:path";
import type { Readable, Writable } from "node:stream";
import { Command, CommanderError } from "commander";
import { ask } from "./ask.ts";
import { VERSION } from "./manifest.ts";
import { commandsOf } from "./package-manager.ts";
import { writeProject } from "./project.ts";
import { isRefusal, refusal } from "./refusal.ts";
import { tarballsIn } from "./tarballs.ts";
import { type Target, targetOf } from "./target.ts";
import { TEMPLATES, TEMPLATE_NAMES, type Template, checkNode, templateNamed } from "./templates.ts";

/** What the program knows of its process. */
export type World = {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Of Node. */
  readonly version: string;
  readonly in: Readable;
  readonly out: Writable;
  readonly err: Writable;
  /** Whether somebody can be asked. */
  readonly isInteractive: boolean;
};

type Options = { readonly template?: string; readonly tarballs?: string };

const DONE = 0;
const REFUSED = 2;

/** Runs a command line, and answers the exit code: 0, or 2 for what was refused. */
export async function run(args: readonly string[], world: World): Promise<number> {
  try {
    await programOf(world).parseAsync(args, { from: "user" });
    return DONE;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : REFUSED;
    if (!isRefusal(error)) throw error;
    world.err.write(`${error.message}\n`);
    return REFUSED;
  }
}

function programOf(world: World): Command {
  const { out, err } = world;
  return new Command("create-longshore")
    .description("Starts a project with Longshore's jobs. Asks for what is left out.")
    .argument("[folder]", "a new or empty folder; its name becomes the project's")
    .option("--template <name>", TEMPLATE_NAMES.join(", "))
    .option("--tarballs <folder>", "take Longshore's packages from there (pnpm pack:all)")
    .version(VERSION)
    .addHelpText("after", `\nTemplates:\n${TEMPLATES.map(({ name, title }) => `  ${name}: ${title}\n`).join("")}`)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void out.write(text), writeErr: (text) => void err.write(text) })
    .showHelpAfterError("(--help tells the options)")
    .action((folder: string | undefined, options: Options) => create(folder, options, world));
}

async function create(folder: string | undefined, options: Options, world: World): Promise<void> {
  // What was said is refused before anything is asked.
  if (folder !== undefined) targetOf(folder, world.cwd);
  if (options.template !== undefined) checkNode(templateNamed(options.template), world.version);
  const tarballs = options.tarballs === undefined ? undefined : tarballsIn(options.tarballs, world.cwd);

  const answers = await completed({ folder, template: options.template }, world);
  const template = templateNamed(answers.template);
  checkNode(template, world.version);
  const target = targetOf(answers.folder, world.cwd);
  writeProject(template, target, tarballs);
  world.out.write(whatNext(template, target, world));
}

async function completed(
  wishes: Parameters<typeof ask>[0],
  { cwd, isInteractive, in: input, out: output }: World,
): Promise<{ folder: string; template: string }> {
  const { folder, template } = wishes;
  if (folder !== undefined && template !== undefined) return { folder, template };
  if (isInteractive) return ask(wishes, cwd, { input, output });
  throw refusal(
    "Nobody can be asked here. Pass a folder and a template: create-longshore my-app --template " +
      `${template ?? TEMPLATE_NAMES.join("|")}`,
  );
}

function whatNext({ name, secrets }: Template, target: Target, { cwd, env }: World): string {
  const { install, run } = commandsOf(env["npm_config_user_agent"]);
  const path = relative(cwd, target.folder);
  const there =
    path === "" ? "" : `cd ${/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`} && `;
  return `
${target.name} is made of the template ${name}. Next, two commands:

  ${there}${install} && ${run("test")}
  ${run("dev")}

The second one says where to look.${secrets === undefined ? "" : ` The dashboard's password is in ${secrets.file}, which git ignores.`}
`;
}
