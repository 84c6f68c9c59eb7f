import { spawnSync } from "node:child_process";
import { quietEnv } from "./run.ts";

/** Runs `wrangler`, quiet and offline, on the sample app. */
const { status } = spawnSync(
  "wrangler",
  process.argv.slice(2).filter((argument) => argument !== "--"),
  {
    cwd: new URL("../apps/edge/", import.meta.url),
    env: quietEnv,
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
