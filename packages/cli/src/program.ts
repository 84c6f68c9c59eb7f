import completion from "@bomb.sh/tab/commander";
import { Command, CommanderError } from "commander";
import { type World, maybeOnStore, onStore, wholeNumber } from "./command.ts";
import { cancel, replay } from "./commands/act.ts";
import { counts } from "./commands/counts.ts";
import { dead } from "./commands/dead.ts";
import { type DoctorOptions, doctorOfProject, doctorOfStore } from "./commands/doctor.ts";
import { job } from "./commands/job.ts";
import { jobs } from "./commands/jobs.ts";
import type { McpOptions } from "./commands/mcp.ts";
import { pause, resume } from "./commands/pause.ts";
import { schedules } from "./commands/schedules.ts";
import { tail } from "./commands/tail.ts";
import { top } from "./commands/top.ts";
import { EXIT, type ExitCode, exitCodeOf, messageOf } from "./exit.ts";
import { STATES, withFilter } from "./filter.ts";
import { safe } from "./text.ts";
import { version } from "./version.ts";

/** Runs a command line, and answers how it ended. */
export async function run(args: readonly string[], world: Omit<World, "ended">): Promise<ExitCode> {
  let ended: ExitCode = EXIT.done;
  const program = programOf({ ...world, ended: (exitCode) => (ended = exitCode) });
  try {
    await program.parseAsync(args, { from: "user" });
    return ended;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    world.err.write(`${safe(messageOf(error))}\n`);
    return exitCodeOf(error);
  }
}

function programOf(world: World): Command {
  const program = new Command("longshore")
    .description("Look at and operate on Longshore's jobs.")
    .version(version, "--version", "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void world.out.write(text),
      writeErr: (text) => void world.err.write(text),
      // What a person typed may come from elsewhere, too.
      outputError: (text, write) => write(text.split("\n").map(safe).join("\n")),
    })
    .showHelpAfterError("(--help tells the options)")
    .addHelpText("after", EXIT_CODES);
  const command = (words: string, description: string): Command => program.command(words).description(description);

  onStore(command("counts", "the number of jobs by queue and state"), world, counts);
  onStore(listed(withFilter(command("jobs", "a page of jobs, the last ids first"), STATES)), world, jobs);
  onStore(
    command("job <id>", "one job: its life, its failures, why it waits")
      .option("--partition <partition>", "its partition, in a store with several shards")
      .option("--data", "also its input, result, unique key and stacks"),
    world,
    job,
  );
  onStore(
    listed(withFilter(command("dead", "the dead letters, the last ids first"), [])).option(
      "--by-error",
      "how many there are of each error, in place of a list",
    ),
    world,
    dead,
  );
  onStore(
    acting(
      withFilter(command("replay [ids...]", "give dead or cancelled jobs a new life"), ["dead", "cancelled"]),
      "all dead letters",
    ).option("--per-second <n>", "at most so many a second", wholeNumber("--per-second", 1, 1_000_000)),
    world,
    replay,
  );
  onStore(
    acting(withFilter(command("cancel [ids...]", "end jobs that have not ended"), WAITING), "all that wait"),
    world,
    cancel,
  );
  onStore(command("pause <queue>", "stop claims from a queue"), world, pause);
  onStore(command("resume <queue>", "let a queue go on"), world, resume);
  onStore(command("schedules", "the schedules, with their last and next times"), world, schedules);
  onStore(repeated(command("top", "queues and workers, again and again")), world, top);
  onStore(
    repeated(withFilter(command("tail", "a line of JSON for each job whose state or attempt has changed"), STATES))
      .option("--limit <n>", "look at the last n jobs by id", wholeNumber("--limit", 1, 100_000), 1_000)
      .option("--from-now", "tell nothing of the first look"),
    world,
    tail,
  );
  maybeOnStore<DoctorOptions>(
    command(
      "doctor [folder]",
      "what is wired wrongly in a Workers project; with a store, what is strange in it",
    ).option("--environment <name>", "an environment of wrangler's configuration"),
    world,
    doctorOfStore,
    (output, options, [folder = world.cwd]) => doctorOfProject(output, folder, options),
  );
  onStore<McpOptions>(
    command(
      "mcp",
      "serve these commands to an assistant over stdin and stdout (MCP), without those that change something",
    )
      .option("--allow", "also replay, cancel, pause and resume")
      .option("--data", "also inputs, results, unique keys and stacks"),
    world,
    // Only who asks for it loads its library.
    async (...input) => (await import("./commands/mcp.ts")).mcp(...input),
  );
  completion(program);
  return program;
}

const WAITING = ["delayed", "enqueued", "failed", "stalled", "blocked"] as const;

function listed(command: Command): Command {
  return command
    .option("--limit <n>", "at most so many", wholeNumber("--limit", 1, 10_000), 50)
    .option("--cursor <cursor>", "go on after an earlier page")
    .option("--oldest-first", "the first ids first")
    .option("--data", "with --json: also inputs, results, unique keys and stacks");
}

function acting(command: Command, all: string): Command {
  return command
    .option("--all", all)
    .option("--partition <partition>", "of the ids, in a store with several shards")
    .option("--dry-run", "change nothing, and tell how many it would be")
    .option("--limit <n>", "read at most so many jobs", wholeNumber("--limit", 1, 10_000_000))
    .option("--cursor <cursor>", "go on after an earlier call");
}

function repeated(command: Command): Command {
  return command
    .option("--every <ms>", "ms between two looks", wholeNumber("--every", 100, 3_600_000), 2_000)
    .option("--count <n>", "end after so many looks", wholeNumber("--count", 1, 1_000_000_000));
}

const EXIT_CODES = `
Exit codes: 0 done; 1 the store or server failed; 2 wrong use, nothing was sent; 3 there is no such job, or its state refuses; 4 doctor found something wrong.
Inputs, results and stacks are shown only with --data. Completion: source <(longshore complete bash), or zsh, fish, powershell.`;
