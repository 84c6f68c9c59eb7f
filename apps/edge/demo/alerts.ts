import type { Alert } from "@longshore/signals";

/** An alert that was taken: under which id, and how long after the start of the run, in ms. */
export type Told = Alert & { readonly id: string; readonly afterMs: number };

/** What somebody on call keeps of the alerts that came. */
export type Inbox = {
  /** Each once, in the order of arrival. */
  readonly told: readonly Told[];
  /** A message of which the signature was checked; one that comes again under its id is the same. */
  take(id: string, body: string): void;
};

export function createInbox(): Inbox {
  const startedAt = performance.now();
  const told: Told[] = [];
  return {
    told,
    take(id, body) {
      if (told.some((one) => one.id === id)) return;
      const { data } = JSON.parse(body) as { data: Alert }; // it is signed by the app, whose alerts we know
      told.push({ ...data, id, afterMs: performance.now() - startedAt });
    },
  };
}

/** How a rule stands, by what was told of it. */
export function stateOf(told: readonly Told[], rule: string): Alert["state"] {
  return turns(told.filter((one) => one.rule === rule)).at(-1)?.state ?? "resolved";
}

export type Letters = {
  /** Dead letters before the replay. */
  readonly died: number;
  /** Dead letters that stand in the end. */
  readonly left: number;
};

/** What must not be said by alerts: a turn twice, or nothing of dead letters that came or went. */
export function alertProblems(told: readonly Told[], { died, left }: Letters): string[] {
  const repeated = [...Map.groupBy(turns(told), ({ rule }) => rule).values()].flatMap((ours) =>
    ours.filter(({ state }, i) => state === (ours[i - 1]?.state ?? "resolved")),
  );
  const fired = told.some(({ rule, state }) => rule === "deadLetters" && state === "firing");
  return [
    ...repeated.map(({ rule, state, id }) => `the alert ${rule} ${state} came, but the rule stood so already: ${id}`),
    ...(died > 0 && !fired ? [`${died} jobs died, and no alert deadLetters firing came`] : []),
    ...(fired && left === 0 && stateOf(told, "deadLetters") === "firing"
      ? ["no dead letter is left, and no alert deadLetters resolved came"]
      : []),
  ];
}

/** In the order in which they were decided: one that had to be sent again may arrive after its successor. */
function turns(told: readonly Told[]): readonly Told[] {
  return told.toSorted((a, b) => a.at - b.at);
}
