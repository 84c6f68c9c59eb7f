/** What crosses between the page and the handler, as JSON. Instants are ms since the epoch, durations ms. */
import type {
  ControlAnswer,
  FailureRecord,
  JobRef,
  JobState,
  KnownWorker,
  QueueCounts,
  StatsWindow,
} from "@longshore/core/adapter";
import type { DeadGroups, Progress } from "@longshore/core/bulk";
import type { NameReport, QueueReport, SeriesReport } from "@longshore/core/stats";
import type { FiringRule } from "@longshore/signals";

/** `GET api/session`: who looks, what they may do, and what the adapter can. */
export type Session = {
  readonly viewer: string;
  readonly actions: boolean;
  readonly payloads: boolean;
  /** Goes with every action, as the header `longshore-token`. */
  readonly token: string;
  readonly adapter: string;
  readonly can: Abilities;
};

/** What is shown; the rest the page names, with what it takes. */
export type Abilities = {
  /** Jobs and counts. */
  readonly inspect: boolean;
  /** Cancel, replay and so on. */
  readonly control: boolean;
  readonly stats: boolean;
  readonly workers: boolean;
  /** Schedules: it lists them, or some were passed. */
  readonly schedules: boolean;
  /** Alerts: rules were passed, and the store can tell which of them fire. */
  readonly alerts: boolean;
};

/** `GET api/overview` */
export type Overview = {
  /** When it was read, by the clock of the handler's process. */
  readonly at: number;
  readonly queues: readonly QueueLine[];
  /** Queues beyond those shown. */
  readonly more: number;
  readonly stats?: Readonly<Record<StatsWindow, WindowStats>> | undefined;
  readonly workers?: readonly KnownWorker[] | undefined;
  readonly alerts?: readonly FiringRule[] | undefined;
};
/** `limits`: what the definitions that were passed say. */
export type QueueLine = QueueCounts & { readonly limits?: Limits | undefined };
export type Limits = {
  /** How many run at a time. */
  readonly running?: number | undefined;
  readonly starts?: { readonly most: number; readonly inMs: number } | undefined;
  /** How many may wait and run, in all. */
  readonly maxDepth?: number | undefined;
};
export type WindowStats = {
  readonly coversMs: number;
  readonly queues: readonly QueueReport[];
  readonly names: readonly NameReport[];
  readonly series: readonly SeriesReport[];
};

/** `GET api/queue` */
export type QueueView = QueueLine & {
  readonly at: number;
  /** How long the first of those that are due has waited; undefined if the store does not tell. */
  readonly oldestMs?: number | undefined;
  readonly held: readonly Held[];
  /** How many jobs were read for `held`. */
  readonly read: number;
  readonly more: boolean;
};
/** Jobs that wait for the same, with one of them. `key`: as JSON, or as the store has it, for who may see inputs. */
export type Held = {
  readonly waitsFor: string;
  readonly key?: string | undefined;
  readonly jobs: number;
  readonly first: JobRef;
};

/** `GET api/jobs`: a page of jobs. Only one without a cursor is the last, however short. */
export type JobsPage = {
  readonly at: number;
  readonly jobs: readonly JobLine[];
  /** How many jobs were read for it, if the store could not select them. */
  readonly read?: number | undefined;
  readonly cursor?: string | undefined;
};
export type JobLine = JobRef & {
  readonly name: string;
  readonly queue: string;
  readonly state: JobState;
  readonly priority: number;
  readonly attempt: number;
  readonly enqueuedAt: number;
  readonly dueAt: number;
  readonly waitsFor?: string | undefined;
  /** The message of the last failure. */
  readonly error?: string | undefined;
};

/** `GET api/job`: one job, without its input and result. */
export type JobView = Omit<JobLine, "error"> & {
  readonly at: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly after?: readonly string[] | undefined;
  readonly uniqueKey?: string | undefined;
  readonly failures: readonly FailureRecord[];
  /** Of a job that has not ended: what may hold it up. */
  readonly queueLimits?: Limits | undefined;
  readonly ownLimits?: JobLimits | undefined;
  /** How many jobs of its queue have not ended, and how long the first of those that are due has waited. */
  readonly pressure?: { readonly depth: number; readonly oldestMs: number } | undefined;
};
/** Of all jobs with its key. */
export type JobLimits = Limits & { readonly key?: string | undefined; readonly ordered?: true | undefined };

/** `GET api/payload`: what was asked for by name. Both are JSON texts. */
export type Payload = { readonly input?: string | undefined; readonly result?: string | undefined };

/** The verbs of an operator on jobs. */
export type JobVerb = "cancel" | "replay" | "runNow" | "remove";
/** `POST api/act` */
export type Act = { readonly verb: JobVerb; readonly jobs: readonly JobRef[] };
export type Acted = { readonly answers: readonly ControlAnswer[] };

/** `POST api/gate` */
export type Gate = { readonly verb: "pause" | "resume"; readonly queue: string };

/** `GET api/dead`: dead letters by error. */
export type DeadView = DeadGroups & { readonly at: number };

/** `POST api/replay`: a slice of dead letters. `error`: the error of a group. Without queue, name and error: `all`. */
export type Replay = {
  readonly all?: boolean | undefined;
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  readonly error?: string | undefined;
  readonly dryRun?: boolean | undefined;
  /** How many are read: 1 to 500. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};
/** Without a cursor, it was the last slice. */
export type Replayed = Pick<Progress, "matched" | "done" | "refused" | "cursor">;

/** `GET api/schedules` */
export type SchedulesView = {
  /** The store's now. */
  readonly at: number;
  readonly schedules: readonly ScheduleView[];
  readonly more: boolean;
};
export type ScheduleView = {
  readonly name: string;
  readonly rule: string;
  /** The last nominal time handled, or when it was first declared. Undefined: the store does not know it. */
  readonly cursor?: number | undefined;
  readonly nextAt?: number | undefined;
  /** It was passed to the dashboard, which has its times and can make its job. */
  readonly known: boolean;
  readonly next?: readonly number[] | undefined;
  readonly last?: readonly number[] | undefined;
};

/** `POST api/trigger`, of a schedule by its name. */
export type Triggered = JobRef;

/** Every answer that is not 2xx. */
export type Refusal = { readonly error: { readonly code: string; readonly message: string } };
