import type { ControlAnswer } from "@longshore/core";
import { type BulkOptions, type JobFilter, type Progress, cancelWhere, replayWhere } from "@longshore/core/bulk";
import type { Context, Work } from "../command.ts";
import { EXIT, type ExitCode, problem } from "../exit.ts";
import { type FilterOptions, filterOf } from "../filter.ts";
import { need } from "../target.ts";

export type ActOptions = FilterOptions & {
  readonly partition?: string | undefined;
  readonly all?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly perSecond?: number | undefined;
};

/** A verb of operators, for jobs that are named or that a filter matches. */
type Verb = {
  readonly name: "replay" | "cancel";
  readonly done: string;
  /** What `--all` is for. */
  readonly all: JobFilter;
  many(
    context: Context,
    ids: readonly { readonly id: string; readonly partition?: string | undefined }[],
  ): Promise<readonly ControlAnswer[]>;
  where(context: Context, filter: JobFilter, options: BulkOptions, perSecond: number | undefined): Promise<Progress>;
};

const REPLAY: Verb = {
  name: "replay",
  done: "replayed",
  all: { state: "dead" },
  many: async ({ target }, ids) => need(target, "replayMany")(ids),
  where: async ({ target }, filter, options, perSecond) =>
    replayWhere({ list: need(target, "list"), replayMany: need(target, "replayMany") }, filter, {
      ...options,
      perSecond,
    }),
};

const CANCEL: Verb = {
  name: "cancel",
  done: "cancelled",
  all: { state: ["delayed", "enqueued", "failed", "stalled", "blocked"] },
  many: async ({ target }, ids) => need(target, "cancelMany")(ids),
  where: async ({ target }, filter, options) =>
    cancelWhere({ list: need(target, "list"), cancelMany: need(target, "cancelMany") }, filter, options),
};

export const replay: Work<ActOptions> = (context, options, ids) => act(REPLAY, context, options, ids);
export const cancel: Work<ActOptions> = (context, options, ids) => act(CANCEL, context, options, ids);

async function act(verb: Verb, context: Context, options: ActOptions, ids: readonly string[]): Promise<ExitCode> {
  const filter = filterOf(options);
  const ways = [ids.length > 0, filter !== undefined, options.all === true].filter(Boolean).length;
  if (ways !== 1) {
    throw problem(
      EXIT.usage,
      `Say which jobs to ${verb.name}: ids, or a filter such as --queue, or --all, and one of these.`,
    );
  }
  if (ids.length > 0) return byId(verb, context, options, ids);
  return byFilter(verb, context, options, filter ?? verb.all);
}

async function byId(verb: Verb, context: Context, options: ActOptions, ids: readonly string[]): Promise<ExitCode> {
  const { output } = context;
  const { dryRun, limit, cursor, perSecond } = options;
  if (dryRun === true || [limit, cursor, perSecond].some((one) => one !== undefined)) {
    throw problem(EXIT.usage, "--dry-run, --limit, --cursor and --per-second are for a filter, not for ids.");
  }
  const answers = await verb.many(
    context,
    ids.map((id) => ({ id, partition: options.partition })),
  );
  const told = ids.map((id, i) => ({ id, ...(answers[i] ?? { status: "gone" as const }) }));
  if (output.json) output.value(told);
  else {
    output.table(
      [{ head: "ID" }, { head: "ANSWER" }],
      told.map((one) => [one.id, one.status === "refused" ? `refused: it is ${one.state}` : one.status]),
    );
  }
  return told.every(({ status }) => status === "done") ? EXIT.done : EXIT.nothing;
}

async function byFilter(verb: Verb, context: Context, options: ActOptions, filter: JobFilter): Promise<ExitCode> {
  const { output, signal } = context;
  const { dryRun = false, limit, cursor, perSecond, partition } = options;
  // Left out of the filter, it would mean all partitions.
  if (partition !== undefined) throw problem(EXIT.usage, "--partition is for ids, not for a filter.");
  const progress = await verb.where(
    context,
    filter,
    {
      dryRun,
      limit,
      cursor,
      onPage(soFar) {
        if (output.live && soFar.cursor !== undefined) output.note(`${soFar.matched} so far…`);
        // What is done stays done; the cursor goes on.
        if (signal.aborted)
          throw problem(EXIT.failed, `Interrupted. ${summary(verb, soFar)} Go on with --cursor ${soFar.cursor ?? ""}`);
      },
    },
    perSecond,
  );
  if (output.json) output.value(progress);
  else {
    output.line(dryRun ? `Jobs that would be ${verb.done}: ${progress.matched}.` : summary(verb, progress));
    if (progress.cursor !== undefined) output.note(`There are more: --cursor ${progress.cursor}`);
  }
  return EXIT.done;
}

function summary(verb: Verb, { matched, done, running, refused }: Progress): string {
  const rest = [
    ...(running > 0 ? [`${running} run and were left alone`] : []),
    ...(refused > 0 ? [`${refused} had changed`] : []),
  ];
  return `Jobs ${verb.done}: ${done} of ${matched}${rest.length > 0 ? `; ${rest.join(", ")}` : ""}.`;
}
