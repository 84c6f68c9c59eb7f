import { FIELDS_CHARACTERS } from "./answer-size.ts";
import type { Row, WaitingRow } from "./row.ts";

/** How many characters a stored job takes in a message, with everything that an answer includes. */
export function charactersOf({
  id,
  queue,
  payload,
  result = null,
  failures = null,
  about,
}: WaitingRow & Partial<Row>): number {
  const told = payload.length + (result?.length ?? 0) + (failures?.length ?? 0);
  return FIELDS_CHARACTERS + id.length + queue.length + about.length + told;
}
