/** What must hold in every history. The name is in each failure. */
export const INVARIANTS = {
  determinism: "The same seed makes the same history.",
  noLoss:
    "An acknowledged job stays until it has ended and its retention is over, unless an operator removes it; the store's counts agree with its rows.",
  noInvention: "Every job that exists or runs was enqueued by a client or is an occurrence of a schedule.",
  singleLease: "No claim takes a job while another claim holds its lease.",
  freshTokens: "Tokens grow with every claim, and no token is given twice.",
  fencing: "Only the token of the newest claim can settle a job or renew its lease, and it settles once.",
  terminalStates: "Only replay, removal and retention change a job that has ended.",
  transitions: "Every change of a job's state is in the published table.",
  attempts:
    "A claim counts as an attempt unless its worker gives the job back, and no attempt starts beyond the policy's last.",
  dueTimes: "No claim takes a job before it is due by the store's clock.",
  uniqueness: "There is at most one row for each id, and only the id of an existing row is a duplicate.",
  uniqueKeys:
    "Of the jobs of one unique key, at most one waits or runs and at most one waits for its end; the second starts when the first surely runs no more.",
  limits: "No more jobs of a limit's key run than the limit, and each of them starts when there is a place.",
  keyOrder:
    "Of the jobs of an ordered key, none begins before the one that began has ended; and of those that wait behind a key, the first by priority and due time is the next.",
  fairness:
    "A job that could start is passed by jobs that waited behind other keys no more often than there are such keys, and once more.",
  depth: "No enqueue makes a queue deeper than it allows, and none is refused while there is room.",
  families:
    "A job that comes after others starts once all of them have ended, and not before; if one of them has failed, it is dead unless it runs anyway. A parent stands until its children have ended.",
  throttle: "Of a key with a rate, no more jobs start within any time than the rate and its burst let.",
  expiry:
    "No first attempt begins after the time by which it must have begun, and no job ends for that reason that may still begin.",
  updates: "A claim gets the latest data that an enqueue gave to its job.",
  occurrences:
    "An occurrence fires at most once and only at a time that its rule names, and none is skipped unless its policy allows it.",
  order:
    "A claim takes lower priority numbers first, as far as their age does not say otherwise, then earlier due times.",
  concurrency:
    "A worker never runs more jobs of a queue at once than it has slots for it, and no claim exceeds its limit.",
  deadLetters: "Every dead job is listed as a dead letter, with the failures that led to it.",
  integrity: "Every attempt gets the payload byte for byte as it was enqueued.",
  events:
    "An event tells of something that was committed, once and after it; none is missing where nothing went wrong.",
  wakeUps: "The store never tells a worker to sleep past the time when a job or a schedule is due.",
  liveness: "Once the faults are over, every job ends, every stop ends, and idle workers make almost no calls.",
  bounds: "The timers and listeners of a process do not grow with its history.",
  refusals: "A refused call changes nothing, and the store throws no error of its own.",
  statistics: "The statistics that a store counts agree with what happened.",
} as const;
export type InvariantId = keyof typeof INVARIANTS;

export type Violation = {
  /** One of `INVARIANTS`, or of the extension. */
  readonly invariant: string;
  readonly message: string;
  /** Virtual time since the history's beginning, in ms. */
  readonly atMs: number;
};

/** Reports a broken invariant. The first one ends the history. */
export type Fail = (invariant: InvariantId, message: string) => void;
