import type { ClaimedJob } from "@longshore/core/adapter";

/** What a broker does with the messages that it was given, and which cases of the suite cannot hold for it, and why. */
export type Way = {
  /** The batches that arrive. What is in none of them is lost. */
  readonly arrive: (messages: readonly ClaimedJob[]) => readonly (readonly ClaimedJob[])[];
  readonly but: Readonly<Record<string, string>>;
};

/** Long, and without a message: once is enough. */
const loops: Readonly<Record<string, string>> = {
  "a running worker fires its schedules by itself, and after a restart goes on where it was": "its loop claims",
  "an idle worker makes few calls": "its loop claims",
};

/** A lost message is an attempt more, and a `stalled` more, and these count them. */
const counted: readonly string[] = [
  "a retried job comes again after its delay, as the next attempt",
  "a snoozed job comes again after its delay, as the same attempt",
  "a job goes from its enqueue to its handler and is completed, with an event at each step",
  "a handler is told its job's id, attempt, token and metadata",
  "an attempt that fails enqueues no follow-ups",
  "a second enqueue of an id is told the state of the job that stands",
  "a job that always fails is retried with growing delays: five attempts, then dead",
  "a non-retryable error makes the job a dead letter at once",
  "an error with a delay of its own decides when the job is retried",
  "a handler may snooze its job any number of times, without spending an attempt",
  "a job whose name a worker does not know waits for one that knows it, without spending an attempt",
  "a job of a newer format is left to a newer worker",
  "whatever a handler throws, the job fails with a short and safe text",
  "a handler that stops at its signal fails at its timeout and is retried",
  "a handler that ignores its signal is settled at its timeout, and what it does later changes nothing",
  "a worker keeps the lease of a job for as long as its handler runs",
  "a job that is cancelled and done before the next renewal stays cancelled",
  "when settling fails only the settlement is repeated, and not the handler",
  "a settlement whose reply was lost counts once and has one event",
  "a job whose failure cannot be stored comes again when its lease is over, and the worker goes on",
  "no event is told before the backend has committed what it tells",
  "the events of a job come in the order of its states",
  "a listener that throws harms no job",
  "dead letters are listed with their history, and replayed from the start when an operator says so",
  "a handler gets what the schema made of the input, the same on every attempt, and the schema is asked once",
  "a timeout is measured by the worker's monotonic clock, whatever the time of day is",
  "a job that is replayed while its worker still runs it is not started beside itself",
  "a job whose input every schema refuses for a day is a dead letter that names the place, and quotes nothing",
  "a job that has had more attempts than its new policy allows is dead for that reason, and not for a lost worker",
  "a running job is not harmed when the time of day is set ahead by an hour",
  "a running job is not harmed when the time of day is set back by an hour",
  "a snoozed job comes with its reason, and a failed one without",
  "a worker whose schema refuses an input snoozes the job, for a version that accepts it",
  "no attempt begins later than its policy allows, however long no worker ran",
  "the day for which a job waits for a worker that can run it counts all reasons together, and starts anew after an attempt",
  "the day for which a job waits for a worker that knows its name begins at its first claim, however long it was delayed",
  "each job that a handler runs together with others has the outcome that was returned for it",
  "a handler of many jobs that throws fails all of them, and each has its own attempts",
  "a job for which a handler of many jobs answers nothing has failed, and says so",
  "a job whose time is up while it waits for others has failed, and is not among those that are run",
  "jobs that wait for others when their worker stops are given back, and it costs them no attempt",
  "a job with fewer attempts of its own is dead after the last of them, and its handler knows how many it has",
  "the last failure of a job enqueues the one of its onDead, with its input and the reason, and no other does",
];

/** They look at jobs while these run, which is when their second messages come. */
const looking: readonly string[] = [
  "what waits and fits a filter is cancelled; what runs is left alone and told, and so is all that does not fit",
  "dead letters are replayed by their age and error, no faster than asked, and each once even if it dies again",
];

/** Their jobs run side by side. */
const together: readonly string[] = [
  "a job whose time is up while it waits for others has failed, and is not among those that are run",
  "a handler of many jobs is called when it is full, and with fewer when the first of them has waited",
  "a job with a shorter timeout of its own fails at that, and others of its kind do not",
];

const because = (names: readonly string[], reason: string): Way["but"] =>
  Object.fromEntries(names.map((name) => [name, reason]));

export const asTheyCome: Way = { arrive: (messages) => [messages], but: {} };

export const ways: Readonly<Record<string, Way>> = {
  "as they come": asTheyCome,
  "every message lost, and only the next claim's arrives": {
    arrive: (messages) => [messages.filter(({ stalled }) => stalled)],
    but: {
      ...loops,
      ...because(counted, "it counts attempts or events"),
      ...because(looking, "its jobs do not run yet when it looks at them"),
    },
  },
  "every message three times: twice at once, and once more after it was run": {
    arrive: (messages) => [[...messages, ...messages], messages],
    but: {
      ...loops,
      "a job whose failure cannot be stored comes again when its lease is over, and the worker goes on":
        "the lease is still held, so that the second message runs the job again",
    },
  },
  "every message late and by itself, the newest first": {
    arrive: (messages) => messages.map((message) => [message]).toReversed(),
    but: {
      ...loops,
      ...because(together, "its jobs come one after the other"),
      "jobs start by priority, and by their enqueue among equals":
        "a broker that keeps no order starts them as it likes",
    },
  },
};
