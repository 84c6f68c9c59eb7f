import { type Traits, completeWithin } from "@longshore/core/adapter";
import type { Answer, Operation, StoreVerb } from "../model/model.ts";
import { show } from "../expect.ts";
import type { Clock, Transacted } from "../subject.ts";
import type { Apply, Disk } from "./disk.ts";

/**
 * A transaction over the model: its operations see each other on a copy of the state. At its end they are done on the
 * state itself, and it fails if one of them is answered otherwise there.
 */
export async function transactOn(
  clock: Clock,
  disk: Pick<Disk, "state">,
  step: Apply,
  traits: Traits,
  work: Transacted,
): Promise<void> {
  const done: { readonly operation: Operation; readonly answer: Answer }[] = [];
  let copy = disk.state;
  const call = <V extends StoreVerb>(operation: Operation & { readonly verb: V }): Answer<V> => {
    const { state, answer } = step(copy, operation, clock.now());
    copy = state;
    done.push({ operation, answer });
    return answer as Answer<V>; // by its verb
  };
  await work({
    name: "reference",
    traits: { ...traits, unique: true },
    enqueue: async (...input) => call({ verb: "enqueue", input }),
    complete: (context, result) =>
      completeWithin(context, result, {
        settle: async (...input) => call({ verb: "settle", input }),
        committed() {},
      }),
  });
  let committed = disk.state;
  for (const { operation, answer } of done) {
    const again = step(committed, operation, clock.now());
    if (show(again.answer) !== show(answer)) throw new Error("the transaction could not be serialized");
    committed = again.state;
  }
  disk.state = committed;
}
