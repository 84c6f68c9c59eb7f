import { LongshoreError } from "@longshore/core";
import { type DeadGroups, type Progress, deadByError, errorKind, replayWhere } from "@longshore/core/bulk";
import { type Checks, aBoolean, anything, checkOptions, integer, mustBe } from "@longshore/core/adapter";
import type { DeadView, Replay } from "./api.ts";
import type { Done } from "./actions.ts";
import type { Store } from "./store.ts";

/** Dead letters that are read for their groups: ten pages of them. */
const MOST_READ = 5_000;
const MOST_GROUPS = 200;
/** The most that one call reads and replays. */
const SLICE = 500;

/** Dead letters by error, in at most ten calls of `list`. */
export async function readDead({ inspection }: Store, at: number): Promise<DeadView> {
  const found: DeadGroups = await deadByError(inspection(), { limit: MOST_READ, maxGroups: MOST_GROUPS });
  return { at, ...found };
}

const aText = mustBe("a text", (value) => typeof value === "string");
const CHECKS: Checks<Replay> = {
  all: aBoolean,
  queue: anything,
  name: anything,
  error: aText,
  dryRun: aBoolean,
  limit: integer(1, SLICE),
  cursor: anything,
};

/**
 * Replays a slice of the dead letters of a filter, or counts them: one call of `list`, and one of `replay`. The page goes on
 * with the cursor, at its own pace, so that no request lasts long and none goes on after its page is closed.
 */
export async function replay(
  { inspection, operations }: Store,
  body: Readonly<Record<string, unknown>>,
): Promise<Done> {
  checkOptions("replay", body, CHECKS);
  checkNames(body);
  const { queue, name, error, dryRun = false, limit = SLICE, cursor } = body as Replay; // the rest is the queue's to check
  const store = inspection();
  let next: string | undefined;
  const slice = {
    async list(request: Parameters<typeof store.list>[0]) {
      const page = await store.list({ ...request, cursor, limit });
      next = page.cursor;
      // Without its cursor, for it is the last of this call.
      return {
        jobs: page.jobs.filter(
          ({ failures }) => error === undefined || errorKind(failures.at(-1)?.message ?? "") === error,
        ),
      };
    },
    replayMany: operations().replayMany,
  };
  const { matched, done, refused }: Progress = await replayWhere(slice, { state: "dead", queue, name }, { dryRun });
  return { answer: { matched, done, refused, cursor: next }, audit: { dryRun, matched, done, refused } };
}

/** An empty request must not mean everything. */
function checkNames({ all, queue, name, error }: Readonly<Record<string, unknown>>): void {
  const isNarrowed = [queue, name, error].some((one) => one !== undefined);
  if (isNarrowed !== (all === true)) return;
  throw new LongshoreError(
    "invalid_option",
    'A replay must say of what: "queue", "name" or "error", or "all": true, and not both.',
  );
}
