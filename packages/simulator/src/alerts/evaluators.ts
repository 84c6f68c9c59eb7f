import type { SimulatedSubject } from "../subject.ts";
import { ALARMS } from "./alarms.ts";
import { type Part, attempt } from "../clients.ts";

/** Evaluates the alarms every few seconds. Like a cron trigger, it sometimes calls twice. */
export async function evaluate(part: Part, subject: SimulatedSubject): Promise<void> {
  const { process, store, witness } = part;
  const { random } = process;
  const once = async (): Promise<void> => {
    const seen = witness.looks.begin(process);
    const advance: typeof store.advance = (steps) => {
      steps.forEach(seen.asks);
      return store.advance(steps);
    };
    await subject.evaluate?.({ ...store, advance }, ALARMS);
    seen.ended();
  };
  for (;;) {
    await process.sleep(part.quiet() ? 10_000 + random() * 10_000 : random() * 8_000);
    const calls = !part.quiet() && random() < 0.3 ? 2 : 1;
    await Promise.all(Array.from({ length: calls }, () => attempt(part, once)));
  }
}
