import { type Change, type ControlAnswer, dueInstant } from "@longshore/core/adapter";
import { withPatience } from "./expiry.ts";
import { follow } from "./family.ts";
import type { Ledger, Opening } from "./ledger.ts";
import { stateAt } from "./row.ts";

/** Changes jobs that have not begun. */
export async function update(opening: Opening, changes: readonly Change[]): Promise<ControlAnswer[]> {
  const ledger = await opening.load(changes.map(({ id }) => id));
  const answers: ControlAnswer[] = [];
  for (const change of changes) {
    answers.push(updateOne(ledger, change));
    await follow(ledger);
  }
  return answers;
}

function updateOne(ledger: Ledger, { id, name, data, priority, due }: Change): ControlAnswer {
  const { now } = ledger;
  const row = ledger.get(id);
  if (row === undefined || row.name !== name) return { status: "gone" };
  if (row.leased || row.ended !== undefined) return { status: "refused", state: stateAt(row, now) };
  const dueAt = due === undefined ? row.dueAt : Math.max(dueInstant(due, now, 1), row.held?.notBefore ?? 0);
  const changed = { ...row, ...data, priority: priority ?? row.priority, dueAt };
  ledger.wait(due === undefined ? changed : withPatience(changed, now));
  return { status: "done" };
}
