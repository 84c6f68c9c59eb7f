import type { ClaimedJob, ListRequest, QueueCounts, Store, StoredJob } from "@longshore/core/adapter";
import { show } from "../expect.ts";
import { type Answer, type Operation, type StoreVerb, apply } from "../model/model.ts";
import { DEFAULT_RULES, type State, emptyState } from "../model/state.ts";
import type { Make } from "../subject.ts";
import { START } from "../virtual-time.ts";
import { IDS, QUEUES, SCHEDULES, type Claims, partitionOf } from "./generate.ts";
import { type Step, createTokens } from "./steps.ts";

/** A store and the model, side by side on one clock. */
export type Duel = {
  /** Does one step to both; answers how they differ, or undefined if they do not. */
  step(step: Step): Promise<string | undefined>;
  readonly state: State;
  now(): number;
  readonly claims: Claims;
  readonly reopens: boolean;
  dispose(): Promise<void>;
};

export async function startDuel(make: Make): Promise<Duel> {
  let now = START;
  const subject = await make({ clock: { now: () => now } });
  // The caller saw to it that the adapter is a full store.
  let store = subject.adapter as Store;
  let state = emptyState({ ...DEFAULT_RULES, stepMs: store.traits.delayStepMs });
  const [ours, theirs] = [createTokens(), createTokens()];
  const claims = new Map<string, number>();

  const ask = <V extends StoreVerb>(verb: V, input: Operation<V>["input"]): Answer<V> =>
    // A verb and its own input are an operation of that verb, which the compiler does not see for a generic one.
    apply(state, { verb, input } as Operation<V>, now).answer;

  const act = async (operation: Operation): Promise<string | undefined> => {
    const done = apply(state, ours.resolve(operation), now);
    state = done.state;
    if (operation.verb === "list") {
      const [request] = operation.input;
      return differ("list", await listed(store, request), sorted(ask("list", [{ ...request, limit: 1_000 }]).jobs));
    }
    const method = store[operation.verb] as (...input: readonly unknown[]) => Promise<unknown>; // its own input, as above
    const answer = await method.apply(store, [...theirs.resolve(operation).input]);
    if (operation.verb !== "claim") return differ(operation.verb, answer, done.answer);
    return compareClaims(answer as ClaimedJob[], done.answer as ClaimedJob[]); // what a claim answers
  };

  const compareClaims = (got: readonly ClaimedJob[], wanted: readonly ClaimedJob[]): string | undefined => {
    const newest = theirs.newest();
    const old = got.find(({ token }) => !(token > newest));
    const order = (jobs: readonly ClaimedJob[]): ClaimedJob[] =>
      QUEUES.flatMap((queue) => jobs.filter((job) => job.queue === queue));
    const [gotInOrder, wantedInOrder] = [order(got), order(wanted)];
    theirs.record(gotInOrder);
    ours.record(wantedInOrder);
    for (const { id } of wantedInOrder) claims.set(id, (claims.get(id) ?? 0) + 1);
    if (old !== undefined) return `claim: the token ${old.token} of ${old.id} is not greater than ${newest}`;
    return differ("claim", gotInOrder.map(withoutToken), wantedInOrder.map(withoutToken));
  };

  /** What anybody could see of both from outside. */
  const observe = async (): Promise<string | undefined> => {
    const refs = IDS.map((id) => ({ id, partition: partitionOf(id) }));
    const wake = { queues: QUEUES, schedules: SCHEDULES };
    return (
      differ("get", await store.get(refs), ask("get", [refs])) ??
      differ("counts", plain(await store.counts()), plain(ask("counts", []))) ??
      differ("list", await listed(store, { limit: 3 }), sorted(ask("list", [{ limit: 1_000 }]).jobs)) ??
      differ("dueInMs", await store.dueInMs(wake), ask("dueInMs", [wake]))
    );
  };

  return {
    async step({ waitMs, operation }) {
      now += waitMs;
      if (operation.verb !== "reopen") return (await act(operation)) ?? observe();
      store = ((await subject.reopen?.()) ?? store) as Store; // the same adapter, opened again
      return observe();
    },
    get state() {
      return state;
    },
    now: () => now,
    claims,
    reopens: subject.reopen !== undefined,
    async dispose() {
      await subject.dispose?.();
    },
  };
}

function differ(verb: string, got: unknown, wanted: unknown): string | undefined {
  const [a, b] = [show(got), show(wanted)];
  return a === b ? undefined : `${verb}:\n  the adapter: ${a}\n  the model:   ${b}`;
}

function withoutToken({ token: _token, ...job }: ClaimedJob): Omit<ClaimedJob, "token"> {
  return job;
}

function sorted(jobs: readonly StoredJob[]): StoredJob[] {
  return [...jobs].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** All pages, whatever their order; a page that is too long spoils them. */
async function listed(store: Store, request: ListRequest): Promise<readonly StoredJob[]> {
  const jobs: StoredJob[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ ...request, cursor });
    if (page.jobs.length > request.limit) throw new Error(`a page of ${request.limit} has ${page.jobs.length} jobs`);
    jobs.push(...page.jobs);
    cursor = page.cursor;
  } while (cursor !== undefined && jobs.length < 1_000);
  return sorted(jobs);
}

/** Counts without zeros, without queues of which there is nothing to say, in the order of their names. */
function plain(counts: readonly QueueCounts[]): unknown {
  return counts
    .map(({ queue, paused, counts: found }) => ({
      queue,
      paused,
      counts: Object.fromEntries(Object.entries(found).filter(([, count]) => count !== 0)),
    }))
    .filter(({ paused, counts: found }) => paused || Object.keys(found).length > 0)
    .sort((a, b) => (a.queue < b.queue ? -1 : 1));
}
