import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/durable-objects/src";

/** Of a Durable Object's dispatch, its alarm and its client. */
export const durableObjectsMutants: readonly Mutant[] = [
  {
    id: "F100-alarm-throws",
    fault: "F100",
    file: `${FOLDER}/object/dispatch.ts`,
    find: `      report("dispatch")(error);
      alarm.setBy(Date.now() + AFTER_AN_ERROR_MS);`,
    replace: `      report("dispatch")(error);`,
    what: "A failed dispatch leaves no alarm.",
    tests: ["test/dispatch.test.ts"],
  },
  {
    id: "F104-trusts-a-lost-alarm",
    fault: "F104",
    file: `${FOLDER}/object/alarm.ts`,
    find: `if (standsAt <= target && standsAt > now - LATE_MS) return;`,
    replace: `if (standsAt <= target) return;`,
    what: "An alarm that is long overdue counts as set.",
    tests: ["test/alarm.test.ts"],
  },
  {
    id: "F104-alarm-in-the-past",
    fault: "F104",
    file: `${FOLDER}/object/alarm.ts`,
    find: `Math.min(Math.max(at, now + LEAST_MS, firedAt + SPACING_MS), now + FURTHEST_MS)`,
    replace: `Math.min(at, now + FURTHEST_MS)`,
    what: "The alarm is set to a time in the past.",
    tests: ["test/alarm.test.ts"],
  },
  {
    id: "F103-constructor-does-not-look",
    fault: "F103",
    file: `${FOLDER}/object/dispatch.ts`,
    find: `    await alarm.load().catch(report("getAlarm"));
    checkSoon(false);`,
    replace: `    await alarm.load().catch(report("getAlarm"));`,
    what: "A restarted object does not check its alarm.",
    tests: ["test/crash.test.ts", "test/dispatch.test.ts"],
  },
  {
    id: "F110-alarm-after-the-answer",
    fault: "F110",
    file: `${FOLDER}/object/alarm.ts`,
    find: `ctx.waitUntil(storage.setAlarm(target));`,
    replace: `ctx.waitUntil(new Promise((later) => setTimeout(later, 20)).then(() => storage.setAlarm(target)));`,
    what: "An enqueue is answered before the alarm that will start the job is set.",
    tests: ["test/matrix/crash-points.test.ts"],
  },
  {
    id: "F58-schedules-set-no-alarm",
    fault: "F58",
    file: `${FOLDER}/object/ticking.ts`,
    find: `return Math.min(seen.first, wantedAt, seen.known ? tickedAt + EVERY_MS : Infinity);`,
    replace: `return wantedAt;`,
    what: "A schedule sets no alarm.",
    tests: ["test/ticking.test.ts"],
  },
  {
    id: "F86-repeats-what-is-overloaded",
    fault: "F86",
    file: `${FOLDER}/client/remote.ts`,
    find: `if (tries === MOST_TRIES || retryable !== true || overloaded === true) throw error;`,
    replace: `if (tries === MOST_TRIES) throw error;`,
    what: "Every failed call is repeated, even to an overloaded object.",
    tests: ["test/remote.test.ts"],
  },
  {
    id: "F86-does-not-repeat",
    fault: "F86",
    file: `${FOLDER}/client/remote.ts`,
    find: `if (tries === MOST_TRIES || retryable`,
    replace: `if (tries === 1 || retryable`,
    what: "A call that the platform calls retryable is not repeated.",
    tests: ["test/remote.test.ts"],
  },
  {
    id: "F141-batch-of-any-size",
    fault: "F141",
    file: `${FOLDER}/object/dispatch.ts`,
    find: `const batch = characters > MOST_CHARACTERS ? undefined : all.at(-1);`,
    replace: `const batch = all.at(-1);`,
    what: "A batch of large jobs exceeds a message's limit, and never runs.",
    tests: ["test/bounds.test.ts"],
  },
];
