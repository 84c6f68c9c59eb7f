import type { After } from "@longshore/core/adapter";
import { LINKED_FORMAT } from "./formats.ts";
import { raiseFormat } from "./table-creation.ts";
import type { Tables } from "./tables.ts";

/**
 * What a row knows of the jobs that it comes after (`after`) and of those that come after it (`before`), in `about`: so a
 * job without them costs nothing, and a job that is enqueued with its parents costs no row for them.
 */
export type StoredFamily = {
  readonly after?: StoredParents | undefined;
  /** With their numbers: a later job of the same id is no child. */
  readonly before?: readonly Child[] | undefined;
};

export type StoredParents = {
  /** The number of this child: no other job has it, whatever its id. */
  readonly n: number;
  readonly ids: readonly string[];
  readonly onFailed: After["onFailed"];
  /** It is blocked until they have ended. */
  readonly waits?: true | undefined;
  /** The parent whose end made it dead. */
  readonly buriedBy?: string | undefined;
};

export type Child = readonly [id: string, n: number];

/** Of a child that waits: how many of its parents have not ended. Counted once, because they may be thousands. */
export type WaitingChild = { readonly n: number; readonly onFailed: After["onFailed"]; open: number };

export type Families = {
  load(): void;
  /** Tells older code to keep away, before the first job that comes after another. */
  prepare(): void;
  /** In memory: those children that a parent's end was about. */
  readonly waiting: Map<string, WaitingChild>;
  /** How many rows the ends since these were last set to 0 have freed and buried. */
  readonly fates: { freed: number; buried: number };
};

export function openFamilies(tables: Pick<Tables, "getMeta" | "setMeta">): Families {
  let ready = false;
  const waiting = new Map<string, WaitingChild>();
  return {
    waiting,
    fates: { freed: 0, buried: 0 },
    load() {
      ready = false;
      waiting.clear();
    },
    prepare() {
      if (ready) return;
      ready = true;
      raiseFormat(tables, LINKED_FORMAT);
    },
  };
}

/** The family of a job; empty for most, which is found out without parsing. */
export function familyOf(about: string): StoredFamily {
  return about.includes('"after":') || hasChildren(about) ? JSON.parse(about) : {};
}

/** The children of a job. */
export function childrenOf(about: string): readonly Child[] {
  return hasChildren(about) ? (familyOf(about).before ?? []) : [];
}

export function hasChildren(about: string): boolean {
  return about.includes('"before":');
}

export function withFamily<R extends { readonly about: string }>(row: R, family: StoredFamily): R {
  return { ...row, about: JSON.stringify({ ...JSON.parse(row.about), ...family }) };
}
