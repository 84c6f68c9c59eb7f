import type { Lease } from "@longshore/core/adapter";
import type { KeptLimits } from "./lanes.ts";

/** What the settlement of a job needs to know of it. */
export type KnownJob = {
  /** It had relatives when it was claimed. */
  readonly families?: boolean;
  /** The key of its limit, and its unique key: nothing changes them while it has its lease. */
  readonly lane?: string | undefined;
  readonly key?: string | undefined;
};

/** What an instance knows, so that its calls rarely meet what they take no care of. It may know too little. */
export type Known = {
  /** A job that it has claimed, with all that its `about` says. */
  claimed(lease: Lease, about: readonly unknown[]): void;
  /** What it knows of a lease, once. Undefined: nothing, or that there is nothing to know. */
  take(lease: Lease): KnownJob | undefined;
  /** The queues in which a claim has met limits. */
  readonly limited: Set<string>;
};

const MOST_KNOWN = 10_000;

export function createKnown(): Known {
  const jobs = new Map<string, KnownJob & { readonly token: number }>();
  return {
    limited: new Set(),
    claimed({ id, token }, [, , , , unique, family, limits, done]) {
      if (!family && !done) return;
      if (jobs.size >= MOST_KNOWN) jobs.clear();
      const { key } = (unique ?? {}) as { readonly key?: string }; // the three as `encodeAbout` made them
      const { lane } = (limits ?? {}) as KeptLimits;
      jobs.set(id, { token, families: Boolean(family), lane, key });
    },
    take({ id, token }) {
      const found = jobs.get(id);
      jobs.delete(id);
      return found?.token === token ? found : undefined;
    },
  };
}
