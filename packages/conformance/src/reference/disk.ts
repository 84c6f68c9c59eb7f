import type { Answer, Operation } from "../model/model.ts";
import type { State } from "../model/state.ts";

/** Does one operation on a state, like `apply`; a saboteur does it differently. */
export type Apply = (
  state: State,
  operation: Operation,
  now: number,
) => { readonly state: State; readonly answer: Answer };

/** What remains when a process ends. */
export type Disk = { state: State };
