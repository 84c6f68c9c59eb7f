#!/usr/bin/env node
import process from "node:process";
import { run } from "./program.ts";

const { env, stdin, stdout, stderr, version } = process;
process.exitCode = await run(process.argv.slice(2), {
  env,
  cwd: process.cwd(),
  version,
  in: stdin,
  out: stdout,
  err: stderr,
  isInteractive: stdin.isTTY && stdout.isTTY,
});
