/** What this process has declared in the server or is declaring: each once, until a message shows that it is gone. */
export type Declared = {
  /** Joins the declaration of that name that stands or is under way; otherwise makes one. A failed one is forgotten. */
  once(name: string, declare: () => Promise<void>): Promise<void>;
  /** A moment after all that stands now, for `forget`. */
  moment(): number;
  /** Forgets what stood at that moment, and nothing else: what was declared later, or still is, may well hold. */
  forget(moment: number): void;
};

export function createDeclared(): Declared {
  const all = new Map<string, { readonly done: Promise<void>; doneAt: number }>();
  let moments = 0;
  return {
    once(name, declare) {
      const known = all.get(name);
      if (known !== undefined) return known.done;
      const own = { done: declare(), doneAt: Infinity };
      all.set(name, own);
      own.done.then(
        () => (own.doneAt = moments),
        () => all.delete(name),
      );
      return own.done;
    },
    moment: () => ++moments,
    forget(moment) {
      for (const [name, { doneAt }] of all) if (doneAt < moment) all.delete(name);
    },
  };
}
