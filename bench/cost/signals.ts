import type { Stats } from "@longshore/core/adapter";
import { type AlertRules, defaultRules, evaluate, metrics, prometheus } from "@longshore/signals";
import { LOOK_EVERY_MS, type Measured } from "./prices.ts";
import { type Place, WAITING, fill, forget, inTurn, kept, measured } from "./scenarios.ts";

/** A place whose object counts. */
export type CountedPlace = Place & { readonly jobs: Place["jobs"] & Stats };

const FEW = 1_000;
/** So few that a tick checks all of them, and removes those that are over. */
const LEAST = 100;
/** The default rules report the depth after five evaluations. */
const LOOKS = 20;

/** Each runs on its own counting object. The first two return what a job cost, the others what an evaluation cost. */
export const signals = {
  counted: (place) => measured(place, () => inTurn(place, 2_000, 1)),
  counted10: (place) => measured(place, () => inTurn(place, 1_000, 10)),
  look: (place) => seen(place, FEW, look),
  async lookKept(place) {
    await inTurn(place, 10, 1_000, kept);
    return seen(place, FEW, look);
  },
  lookDeep: (place) => seen(place, WAITING, look),
  telling,
  scrape: (place) => seen(place, FEW, scrape),
  scrapeDeep: (place) => seen(place, WAITING, scrape),
} satisfies Record<string, (place: CountedPlace) => Promise<Measured>>;

type Once = (place: CountedPlace) => Promise<unknown>;

const look: Once = ({ jobs }) => evaluate(jobs, { rules: defaultRules });
const scrape: Once = async ({ jobs }) => prometheus(await metrics(jobs));

/** Evaluates each minute, with this many waiting jobs, after all alerts have been sent. */
async function seen(place: CountedPlace, waiting: number, once: Once): Promise<Measured> {
  await inTurn(place, 200, 1);
  await fill(place, waiting);
  await eachMinute(place, once);
  return measured(place, () => eachMinute(place, once));
}

async function eachMinute(place: CountedPlace, once: Once): Promise<number> {
  for (let looks = 0; looks < LOOKS; looks++) {
    // As in `enqueue` of scenarios.ts.
    await scheduler.wait(1);
    place.meter.aheadMs += LOOK_EVERY_MS;
    await once(place);
  }
  return LOOKS;
}

/** Each evaluation fires or resolves a rule; the alert is delivered, kept for a day, and removed. */
async function telling(place: CountedPlace): Promise<Measured> {
  const { jobs, object, meter } = place;
  const { depth } = defaultRules;
  const outOfReach = 2 * LEAST;
  let above = outOfReach;
  const tell: Once = async () => {
    const until = meter.settled + 1;
    above = outOfReach - above;
    const rules: AlertRules = { ...defaultRules, depth: { ...depth, above, for: 0, cooldown: 0 } };
    const told = await evaluate(jobs, { rules });
    if (told.length !== 1) throw new Error(`one rule was to tell, and ${told.length} did`);
    await object.settled(until);
  };
  await inTurn(place, 200, 1);
  await fill(place, LEAST);
  await look(place);
  return measured(place, async () => {
    const looks = await eachMinute(place, tell);
    await forget(place);
    return looks;
  });
}
