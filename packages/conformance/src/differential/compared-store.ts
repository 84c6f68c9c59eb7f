import type {
  AdvanceAnswer,
  ClaimedJob,
  EnqueueAnswer,
  JobState,
  Lease,
  ListRequest,
  QueueCounts,
  SettleAnswer,
  Store,
  StoredJob,
} from "@longshore/core/adapter";
import type { Answer, CountingStore, Operation } from "../model/model.ts";
import { QUEUES } from "./store-context.ts";

/** One of two that get the same calls: a store under test, or the model. */
export type ComparedStore = {
  readonly name: string;
  /** Returns a comparable answer: without tokens, independent of pages, and sorted if no order is promised. */
  ask(operation: Operation): Promise<unknown>;
};

/**
 * `partition`: order and tokens are promised only among jobs of a partition, as in sharded stores. (A claim for some of
 * the due jobs may then take any partition's, so histories claim all.)
 */
export type Within = "store" | "partition";

/** So far above all given tokens that no store will give it soon. */
const NEVER_GIVEN = 2 ** 50;

/**
 * Makes a store comparable. Operations mean the same to every store: a lease's token is the number of the claim of its
 * job, from 1. Each store replaces it by its own tokens, and checks that they grow.
 */
export function createComparedStore(
  name: string,
  call: (operation: Operation) => Promise<Answer>,
  within: Within,
): ComparedStore {
  const given = new Map<string, number[]>();
  const newest = new Map<string, number>();

  const resolved = <L extends Lease>(lease: L): L => {
    const token = given.get(lease.id)?.[lease.token - 1] ?? NEVER_GIVEN + lease.token;
    return { ...lease, token };
  };
  const resolve = (operation: Operation): Operation => {
    switch (operation.verb) {
      case "settle":
        return { verb: "settle", input: [operation.input[0].map((one) => resolved(one))] };
      case "renew":
        return { verb: "renew", input: [operation.input[0].map((one) => resolved(one)), operation.input[1]] };
      default:
        return operation;
    }
  };
  const claimed = (all: readonly ClaimedJob[]): unknown => {
    const jobs = all.filter(({ expired }) => !expired);
    // They have no order: nobody runs them.
    const late = all.filter(({ expired }) => expired).sort((a, b) => compare(a.id, b.id));
    const scope = ({ partition = "" }: ClaimedJob): string => (within === "store" ? "" : partition);
    const before = new Map(newest);
    for (const job of jobs) {
      const last = before.get(scope(job)) ?? -1;
      if (!(job.token > last)) throw new Error(`${name}: the token ${job.token} of ${job.id} is not above ${last}`);
    }
    const inOrder = QUEUES.flatMap((queue) => jobs.filter((job) => job.queue === queue));
    inOrder.sort((a, b) => QUEUES.indexOf(a.queue) - QUEUES.indexOf(b.queue) || compare(scope(a), scope(b)));
    for (const job of inOrder) {
      given.set(job.id, [...(given.get(job.id) ?? []), job.token]);
      newest.set(scope(job), Math.max(newest.get(scope(job)) ?? -1, job.token));
    }
    return [...inOrder.map(({ token: _token, ...job }) => job), ...late];
  };
  /** Reads all pages, wherever they end; fails if a page is too long. */
  const listed = async (request: ListRequest): Promise<readonly StoredJob[]> => {
    const jobs: StoredJob[] = [];
    let cursor: string | undefined;
    do {
      const page = (await call({ verb: "list", input: [{ ...request, cursor }] })) as Answer<"list">; // by its verb
      if (page.jobs.length > request.limit) throw new Error(`a page of ${request.limit} has ${page.jobs.length} jobs`);
      jobs.push(...page.jobs);
      cursor = page.cursor;
    } while (cursor !== undefined && jobs.length < 1_000);
    return jobs;
  };

  return {
    name,
    async ask(operation) {
      if (operation.verb === "list") return listed(operation.input[0]);
      const answer = await call(resolve(operation));
      if (operation.verb === "claim") return claimed(answer as Answer<"claim">); // by its verb
      if (operation.verb === "counts") return plain(answer as Answer<"counts">, operation.input[0]); // by its verb
      if (operation.verb === "settle") return (answer as Answer<"settle">).map(settled); // by its verb
      if (operation.verb === "advance") return (answer as Answer<"advance">).map(advanced); // by its verb
      return answer;
    },
  };
}

/** Calls the verb of a store by its name. */
export function callStore(store: Store, { verb, input }: Operation): Promise<Answer> {
  const method = (store as CountingStore)[verb] as (...input: readonly unknown[]) => Promise<Answer>; // only existing verbs are called
  return method.apply(store, [...input]);
}

const WAITING: readonly JobState[] = ["blocked", "delayed", "enqueued", "failed"];

/** Without the state of a duplicate that waits, which may be older than the steps of its call (docs/decisions/0116). */
function stepped(answer: EnqueueAnswer): unknown {
  if (answer.status !== "duplicate" || !WAITING.includes(answer.state)) return answer;
  return { ...answer, state: "waiting" };
}

function settled(answer: SettleAnswer): unknown {
  return typeof answer === "string" ? answer : { ...answer, next: answer.next.map(stepped) };
}

function advanced(answer: AdvanceAnswer): unknown {
  if (answer.status === "behind" || answer.job === undefined) return answer;
  return { ...answer, job: stepped(answer.job) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Counts without zeros, states that were not requested, and empty queues, ordered by name. */
function plain(counts: readonly QueueCounts[], states?: readonly JobState[]): unknown {
  return counts
    .map(({ queue, paused, counts: found }) => ({
      queue,
      paused,
      counts: Object.fromEntries(
        Object.entries(found).filter(([state, count]) => count !== 0 && (states?.some((one) => one === state) ?? true)),
      ),
    }))
    .filter(({ paused, counts: found }) => paused || Object.keys(found).length > 0)
    .sort((a, b) => compare(a.queue, b.queue));
}
