import type { EnqueueAnswer, NewJob } from "./enqueue.ts";

/** The cursors of schedules, which a store keeps. */

/**
 * A schedule in one version of the code; `rule` is the text of its rule. A changed rule is a new row, which starts from
 * now, and versions that run side by side have a cursor each.
 */
export type ScheduleRef = { readonly name: string; readonly rule: string };

/** A schedule's cursor: the last nominal time handled, or when it was first declared, by the adapter's clock. */
export type ScheduleRow = { readonly cursor: number; readonly nextAt?: number | undefined };

/**
 * Moves the cursor if it is still at `from`, stores `nextAt` for `Wake`, and inserts the job, in one atomic operation.
 */
export type Advance = ScheduleRef & {
  readonly from: number;
  readonly to: number;
  /** Undefined: the rule never fires again. */
  readonly nextAt?: number | undefined;
  readonly job?: NewJob | undefined;
};

/** `behind`: the cursor was elsewhere, nothing changed. `job`: the answer to the enqueue of the step's job. */
export type AdvanceAnswer =
  | { readonly status: "behind" }
  | { readonly status: "moved"; readonly job?: EnqueueAnswer | undefined };

export type Schedules = {
  /** Creates missing rows, with their cursor at now. */
  declare(schedules: readonly ScheduleRef[]): Promise<{ readonly now: number; readonly rows: readonly ScheduleRow[] }>;
  /** Runs the steps in order; several may belong to one schedule. A step that is behind does not stop the others. */
  advance(steps: readonly Advance[]): Promise<readonly AdvanceAnswer[]>;
};

/** A schedule as a store knows it. What it makes is in the code that declares it. */
export type StoredSchedule = ScheduleRef & ScheduleRow;

export type ScheduleListRequest = {
  readonly limit: number;
  /** Of the page before. */
  readonly after?: ScheduleRef | undefined;
};

/** `now`: the store's, with which `nextAt` is compared. Only a page without `after` is the last. */
export type SchedulePage = {
  readonly now: number;
  readonly schedules: readonly StoredSchedule[];
  readonly after?: ScheduleRef | undefined;
};

export type ListSchedules = {
  /**
   * All rows of `declare`, also of code that declares them no more. Ordered by name, and those of one name by rule, by an
   * order of the store's own. A page begins after the row in `after`, even if that is gone.
   */
  listSchedules(request: ScheduleListRequest): Promise<SchedulePage>;
};
