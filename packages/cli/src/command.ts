import { type Command, Option } from "commander";
import { EXIT, type ExitCode, problem } from "./exit.ts";
import { type Output, type Streams, outputOf } from "./output.ts";
import { type Surroundings, type Target, type Where, openTarget } from "./target.ts";

/** What a command works with. */
export type Context = {
  readonly target: Target;
  readonly output: Output;
  /** Aborts at SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
};

export type World = Surroundings & Streams & { readonly signal: AbortSignal; ended(exitCode: ExitCode): void };

/** The work of a command, with its own options and arguments; it may return another exit code than that of success. */
export type Work<Options> = (
  context: Context,
  options: Options,
  args: readonly string[],
) => Promise<ExitCode | undefined | void>;

const TARGETS = ["url", "sqlite", "postgres"] as const;

/** Gives a command the options of every command, and its work. */
export function onStore<Options>(command: Command, world: World, work: Work<Options>): Command {
  return withTarget(command).action(() => runOn(command, world, work));
}

/** The same for a command that needs no store if none is named on the command line: then `without` is its work. */
export function maybeOnStore<Options>(
  command: Command,
  world: World,
  work: Work<Options>,
  without: (output: Output, options: Options, args: readonly string[]) => Promise<ExitCode>,
): Command {
  return withTarget(command).action(async () => {
    if ([...TARGETS, "schema"].some((name) => command.getOptionValueSource(name) === "cli"))
      return runOn(command, world, work);
    const options = command.opts<Options & { readonly json?: boolean }>();
    world.ended(await without(outputOf(world, world.env, options.json === true), options, command.args));
  });
}

function withTarget(command: Command): Command {
  return command
    .addOption(
      new Option("--url <url>", "jobs of a server that runs `serve`; a token comes from LONGSHORE_TOKEN").env(
        "LONGSHORE_URL",
      ),
    )
    .addOption(new Option("--sqlite <file>", "jobs in a SQLite file").env("LONGSHORE_SQLITE"))
    .addOption(
      new Option("--postgres <url>", "jobs in PostgreSQL, through the pg of your project").env("LONGSHORE_POSTGRES"),
    )
    .addOption(new Option("--schema <name>", "the schema of the tables in PostgreSQL").env("LONGSHORE_SCHEMA"))
    .option("--json", "answer in JSON");
}

async function runOn<Options>(command: Command, world: World, work: Work<Options>): Promise<void> {
  const options = command.opts<Where & Options & { readonly json?: boolean }>();
  const target = await openTarget(whereOf(command), world);
  try {
    const output = outputOf(world, world.env, options.json === true);
    const exitCode = await work({ target, output, signal: world.signal }, options, command.args);
    world.ended(exitCode ?? EXIT.done);
  } finally {
    await target.close();
  }
}

/** What the command line says counts more than the environment. */
function whereOf(command: Command): Where {
  const options = command.opts<Where>();
  for (const source of ["cli", "env"]) {
    const given = TARGETS.filter((name) => command.getOptionValueSource(name) === source);
    if (given.length > 1) throw problem(EXIT.usage, `Give one of --${given.join(", --")}: they are different stores.`);
    const [name] = given;
    if (name === undefined) continue;
    if (name !== "postgres" && command.getOptionValueSource("schema") === "cli") {
      throw problem(EXIT.usage, `--schema is for --postgres; --${name} has none.`);
    }
    return { [name]: options[name], schema: options.schema };
  }
  throw problem(
    EXIT.usage,
    "Say where the jobs are: --url https://example.com/jobs, --sqlite jobs.db or --postgres postgres://… (or LONGSHORE_URL, LONGSHORE_SQLITE, LONGSHORE_POSTGRES).",
  );
}

/** For the option parsers of commander. Fails as a wrong use. */
export function wholeNumber(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw problem(EXIT.usage, `${option} must be a whole number from ${least} to ${most}; got ${text.slice(0, 40)}.`);
  };
}
