import { every, handle, schedule } from "@longshore/core";
import { checkIdempotent, testQueue } from "@longshore/testing";
import { charge, handlers, mail, silent } from "../jobs.ts";

/** What the kit does in a page, for the test to compare. */
async function report(): Promise<unknown> {
  const { all, did } = handlers({ failures: 1 });
  const queue = testQueue({
    handlers: all,
    schedules: [schedule("hourly", every("1h"), () => mail.with({ to: "hourly" }))],
    faults: { seed: 1, rates: { refused: 0.1, lostReply: 0.1, unsent: 0.05 } },
    log: silent,
  });
  await queue.enqueue(charge, { order: 1 });
  await queue.assertEnqueued(charge, { order: 1 });
  await queue.advance("2h");
  const { outcome } = await queue.performJob(charge, { order: 2 });
  const mailing = ({ send }: { send(): Promise<void> }) => handle(charge, send);
  const { summary } = await checkIdempotent(
    mailing,
    { order: 3 },
    {
      world: (happened) => ({ send: async () => happened("sent") }),
    },
  );
  return {
    did: did.toSorted(),
    completed: await queue.waitFor(charge, { order: 1 }, "completed"),
    faults: Object.keys(queue.faults.injected).length > 0,
    outcome,
    summary,
  };
}

Reflect.set(globalThis, "report", report);
