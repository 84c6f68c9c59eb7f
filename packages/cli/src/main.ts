#!/usr/bin/env node
import process from "node:process";
import { EXIT } from "./exit.ts";
import { run } from "./program.ts";

// `node:sqlite` says so at each start of some versions of Node; whoever types a command has not chosen it.
const { emitWarning } = process;
process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
  if (!String(warning).includes("SQLite")) emitWarning.call(process, warning, ...rest);
}) as typeof emitWarning; // the same parameters

// `longshore tail | head` closes the pipe: that is an end like any other.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
  process.stderr.write(`The answer could not be written: ${error.message}\n`);
  process.exit(EXIT.failed);
});
process.stderr.on("error", () => process.exit(EXIT.failed));

/** How long an interrupted command has to end what it does; then it is ended, as by the shell's convention. */
const PATIENCE_MS = 2_000;
const INTERRUPTED = 130;

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // The second one ends what does not listen.
  process.once(signal, () => {
    interrupted.abort();
    setTimeout(() => process.exit(INTERRUPTED), PATIENCE_MS).unref();
  });
}

const { env, stdout, stderr } = process;
process.exitCode = await run(process.argv.slice(2), {
  env,
  cwd: process.cwd(),
  out: stdout,
  err: stderr,
  signal: interrupted.signal,
});
