import { FIELDS_CHARACTERS } from "./answer-size.ts";
import type { Row } from "./tables.ts";

/** How many characters a stored job takes in a message, with everything that an answer includes. */
export function charactersOf({ id, queue, payload, result, failures, about }: Row): number {
  const told = payload.length + (result?.length ?? 0) + (failures?.length ?? 0);
  return FIELDS_CHARACTERS + id.length + queue.length + about.length + told;
}
