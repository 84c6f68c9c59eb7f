import type { Row } from "@longshore/conformance/tools";
import { type Saboteur, mapRow, mapRows, sabotage } from "./saboteur.ts";
import { takenBy } from "./settlements.ts";

/** A renew after which the leases that it held are changed. */
function renewed(name: string, change: (row: Row, before: Row, leaseMs: number) => Row): Saboteur {
  return sabotage(name, "renew", ({ state, input: [leases, leaseMs], correct }) => {
    const step = correct();
    let changed = step.state;
    leases.forEach(({ id }, i) => {
      const before = state.rows.get(id);
      if (step.answer[i] !== "held" || before === undefined) return;
      changed = mapRow(changed, id, (row) => change(row, before, leaseMs));
    });
    return { ...step, state: changed };
  });
}

export const leaseSaboteurs: readonly Saboteur[] = [
  sabotage("renews with any token", "renew", ({ state, input: [leases, leaseMs], correct }) =>
    correct(undefined, [
      leases.map((lease) => ({ ...lease, token: takenBy(state.rows.get(lease.id), lease.token) })),
      leaseMs,
    ]),
  ),
  sabotage("revives a settled job when it is renewed", "renew", ({ state, input: [leases], correct }) => {
    const tokens = new Map(leases.map(({ id, token }) => [id, token]));
    return correct(
      mapRows(state, (row) => {
        const own = row.settled && row.token === tokens.get(row.data.id);
        return own ? { ...row, settled: false, leased: true, ended: undefined } : row;
      }),
    );
  }),
  sabotage("renews no lease that is over", "renew", ({ state, now, input: [leases, leaseMs], correct }) => {
    const over = (id: string): boolean => (state.rows.get(id)?.dueAt ?? 0) <= now;
    return correct(undefined, [leases.map((lease) => (over(lease.id) ? { ...lease, token: -1 } : lease)), leaseMs]);
  }),
  renewed("says that it renewed a lease, and does nothing", (_row, before) => before),
  renewed("adds a renewal to the lease's old end", (row, before, leaseMs) => ({
    ...row,
    dueAt: before.dueAt + leaseMs,
  })),
  renewed("renews for half the time", (row, _before, leaseMs) => ({ ...row, dueAt: row.dueAt - leaseMs / 2 })),
  sabotage("extends every lease when it renews one", "renew", ({ now, input: [leases, leaseMs], correct }) => {
    const step = correct();
    if (leases.length === 0) return step;
    return { ...step, state: mapRows(step.state, (row) => (row.leased ? { ...row, dueAt: now + leaseMs } : row)) };
  }),
  sabotage("answers that a cancelled job's lease is lost", "renew", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((answer) => (answer === "cancelled" ? "lost" : answer)) };
  }),
  sabotage(
    "does not tell a token that settled that its job was cancelled",
    "renew",
    ({ state, input: [leases], correct }) => {
      const step = correct();
      const settled = (id: string): boolean => state.rows.get(id)?.settled === true;
      return { ...step, answer: step.answer.map((answer, i) => (settled(leases[i]?.id ?? "") ? "lost" : answer)) };
    },
  ),
  sabotage("answers that a cancelled job's lease is held", "renew", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map((answer) => (answer === "cancelled" ? "held" : answer)) };
  }),
  sabotage("answers that every lease is held", "renew", ({ correct }) => {
    const step = correct();
    return { ...step, answer: step.answer.map(() => "held" as const) };
  }),
  sabotage("answers renewals in an order of its own", "renew", ({ correct }) => {
    const step = correct();
    return { ...step, answer: [...step.answer].sort() };
  }),
  sabotage("throws when it renews what is gone", "renew", ({ state, input: [leases], correct }) => {
    for (const { id } of leases) if (!state.rows.has(id)) throw new Error(`no row ${id}`);
    return correct();
  }),
];
