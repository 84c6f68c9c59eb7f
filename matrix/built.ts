import { run } from "../scripts/run.ts";
import { once } from "./outside.ts";

/** Builds the repository's packages. Once, because two builds at a time would write the same files. */
export const built = once(async (): Promise<void> => {
  const ran = await run("node", ["scripts/build.ts"]);
  if (!ran.ok) throw new Error(ran.output);
});
