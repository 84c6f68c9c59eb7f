import { systemPlatform } from "@longshore/core";
import type { Work } from "../command.ts";
import { EXIT, problem } from "../exit.ts";
import { jobPage, withoutData } from "../job-view.ts";
import { need } from "../target.ts";

export type JobOptions = { readonly partition?: string | undefined; readonly data?: boolean | undefined };

/** Everything about one job. */
export const job: Work<JobOptions> = async ({ target, output }, { partition, data = false }, [id = ""]) => {
  const found = await need(target, "get")(partition === undefined ? id : { id, partition });
  if (found === undefined) throw problem(EXIT.nothing, `There is no job ${id}.`);
  if (output.json) return output.value(data ? found : withoutData(found));
  jobPage(output, found, systemPlatform.now(), data);
};
