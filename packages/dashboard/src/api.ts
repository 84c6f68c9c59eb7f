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
import type { NameReport, QueueReport } from "@longshore/core/stats";

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
};

/** `GET api/overview` */
export type Overview = {
  /** When it was read, by the clock of the handler's process. */
  readonly at: number;
  readonly queues: readonly QueueCounts[];
  /** Queues beyond those shown. */
  readonly more: number;
  readonly stats?: Readonly<Record<StatsWindow, WindowStats>> | undefined;
  readonly workers?: readonly KnownWorker[] | undefined;
};
export type WindowStats = {
  readonly coversMs: number;
  readonly queues: readonly QueueReport[];
  readonly names: readonly NameReport[];
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
};

/** `GET api/payload`: what was asked for by name. Both are JSON texts. */
export type Payload = { readonly input?: string | undefined; readonly result?: string | undefined };

/** The verbs of an operator on jobs. */
export type JobVerb = "cancel" | "replay" | "runNow" | "remove";
/** `POST api/act` */
export type Act = { readonly verb: JobVerb; readonly jobs: readonly JobRef[] };
export type Acted = { readonly answers: readonly ControlAnswer[] };

/** `POST api/gate` */
export type Gate = { readonly verb: "pause" | "resume"; readonly queue: string };

/** Every answer that is not 2xx. */
export type Refusal = { readonly error: { readonly code: string; readonly message: string } };
