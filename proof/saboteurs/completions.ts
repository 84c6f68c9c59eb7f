import type { Subject, Transacted } from "@longshore/conformance";
import { type Disk, STORE_TRAITS, apply, emptyState, referenceStore, transactOn } from "@longshore/conformance/tools";
import type { Clock } from "@longshore/conformance";
import type { Within } from "@longshore/core/adapter";
import { type Saboteur, replaceVerb } from "./saboteur.ts";
import { takenBy } from "./settlements.ts";

type Parts = { readonly disk: Disk; readonly clock: Clock };

/** A reference store whose transactions are changed. */
function transacting(
  name: string,
  change: (transact: NonNullable<Subject["transact"]>, parts: Parts) => NonNullable<Subject["transact"]>,
): Saboteur {
  return {
    name,
    make({ clock }) {
      const disk: Disk = { state: emptyState() };
      const transact = (work: Transacted): Promise<void> => transactOn(clock, disk, apply, STORE_TRAITS, work);
      return { adapter: referenceStore(clock, disk), transact: change(transact, { disk, clock }) };
    },
  };
}

/** A transaction whose `within` is changed. */
function within(
  name: string,
  change: (within: Parameters<Transacted>[0]) => Partial<Pick<Within, "enqueue" | "complete">>,
): Saboteur {
  return transacting(name, (transact) => (work) => transact((correct) => work({ ...correct, ...change(correct) })));
}

export const completionSaboteurs: readonly Saboteur[] = [
  transacting("completes and enqueues at once, whatever becomes of the transaction", (transact) => async (work) => {
    let thrown: { readonly error: unknown } | undefined;
    await transact(async (correct) => {
      await work(correct).catch((error: unknown) => {
        thrown = { error };
      });
    });
    if (thrown) throw thrown.error;
  }),
  transacting("rolls every transaction back, without a word", (transact) => async (work) => {
    const end = new Error("at the end");
    await transact(async (correct) => {
      await work(correct);
      throw end;
    }).catch((error: unknown) => {
      if (error !== end) throw error;
    });
  }),
  transacting("completes a job in a transaction with any token", (_, { disk, clock }) => {
    const careless = replaceVerb("settle", ({ state, input: [settlements], correct }) =>
      correct(undefined, [settlements.map((one) => ({ ...one, token: takenBy(state.rows.get(one.id), one.token) }))]),
    );
    return (work) => transactOn(clock, disk, careless, STORE_TRAITS, work);
  }),
  within("lets a transaction commit that did not complete its job", ({ complete }) => ({
    complete: (context, result) => complete(context, result).catch(() => {}),
  })),
  within("completes a job in a transaction, and its worker is not told", ({ complete }) => ({
    complete: (context, result) => complete(Object.create(context) as typeof context, result),
  })),
  within("drops the result of a job that a transaction completes", ({ complete }) => ({
    complete: (context) => complete(context),
  })),
];
