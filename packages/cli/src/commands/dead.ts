import { systemPlatform } from "@longshore/core";
import { deadByError } from "@longshore/core/bulk";
import type { Context, Work } from "../command.ts";
import { EXIT, problem } from "../exit.ts";
import { need } from "../target.ts";
import { relative } from "../time.ts";
import { type ListOptions, jobs } from "./jobs.ts";

export type DeadOptions = ListOptions & { readonly byError?: boolean | undefined };

/** The dead letters, or their errors. */
export const dead: Work<DeadOptions> = async (context, options, args) => {
  if (options.byError === true) return byError(context, options);
  return jobs(context, { ...options, state: ["dead"] }, args);
};

async function byError({ target, output }: Context, { queue, name, error, olderThan, metadata }: DeadOptions) {
  if ((error ?? olderThan ?? metadata) !== undefined) {
    throw problem(EXIT.usage, "--by-error takes --queue and --name, and no other filter.");
  }
  const found = await deadByError({ list: need(target, "list") }, { queue, name });
  if (output.json) return output.value(found);
  if (found.groups.length === 0) return output.note("There are no dead letters.");
  const now = systemPlatform.now();
  output.table(
    [
      { head: "COUNT" },
      { head: "QUEUE", most: 40 },
      { head: "NAME", most: 60 },
      { head: "OLDEST" },
      { head: "NEWEST" },
      { head: "EXAMPLE" },
      { head: "ERROR", most: output.live ? 80 : 300 },
    ],
    found.groups.map((group) => [
      String(group.count),
      group.queue,
      group.name,
      relative(group.oldestAt, now),
      relative(group.newestAt, now),
      group.example.id,
      group.error,
    ]),
  );
  if (found.more) output.note(`${found.read} dead letters were read; there are more.`);
}
