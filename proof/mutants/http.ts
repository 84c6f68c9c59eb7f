import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/http/src";
const SERVER = `${FOLDER}/server`;

/** Of what is served over HTTP, but for who may do what. */
export const httpMutants: readonly Mutant[] = [
  {
    id: "F91-claims-again",
    fault: "F91",
    file: `${FOLDER}/client/http.ts`,
    find: `: !NEVER_TWICE.has(verb);`,
    replace: `: true;`,
    what: "A claim whose reply was lost is sent again, and what it leased waits for the end of its leases.",
    tests: ["test/http.test.ts"],
  },
  {
    id: "F165-does-not-wait",
    fault: "F165",
    file: `${FOLDER}/client/call.ts`,
    find: `const wait = Math.max(backoff, attempt.waitMs);`,
    replace: `const wait = backoff;`,
    what: "A client that is told to wait comes again at once.",
    tests: ["test/http.test.ts", "test/rate-limit.test.ts"],
  },
  {
    id: "F142-every-caller-is-remembered",
    fault: "F142",
    file: `${SERVER}/rate-limit.ts`,
    find: `if (buckets.size > maxCallers)`,
    replace: `if (buckets.size > Infinity)`,
    what: "A server remembers every caller that it ever had.",
    tests: ["test/rate-limit.test.ts"],
  },
  {
    id: "F45-offline-is-a-refusal",
    fault: "F45",
    file: `${FOLDER}/outbox/hand-over.ts`,
    find: '    if (!FOR_GOOD.has(codeOf(error))) return jobs.map(() => ({ type: "away", reason }));\n',
    replace: ``,
    what: "What is enqueued offline ends in the dead letters.",
    tests: ["test/outbox.test.ts"],
  },
  {
    id: "F48-a-lost-reply-makes-a-second-job",
    fault: "F48",
    file: `${FOLDER}/outbox/hand-over.ts`,
    find: `payload, headers, priority, due: { inMs: 0 }, keepMs };`,
    replace: `payload, headers, priority, due: { inMs: 0 }, keepMs: keepMs && 0 };`,
    what: "The server forgets a forwarded job at its end, and runs it again after a reply that was lost.",
    tests: ["test/outbox.test.ts"],
  },
  {
    id: "F164-a-call-with-another-body",
    fault: "F164",
    file: `${FOLDER}/push/call.ts`,
    find: `if (claims["sha256"] !== (await digestOf(body))) throw`,
    replace: `if (claims["sha256"] === undefined) throw`,
    what: "Whoever has seen a call sends any job with its signature.",
    tests: ["test/push.test.ts"],
  },
  {
    id: "F20-what-kills-its-process-is-given-back",
    fault: "F20",
    file: `${FOLDER}/push/http-broker.ts`,
    find: `if (isOurs || status < 500 || status === 503) return`,
    replace: `if (isOurs || status !== 202) return`,
    what: "A job that ends its platform's process is given back each time, and runs for ever.",
    tests: ["test/push.test.ts"],
  },
  {
    id: "F20-runs-before-it-was-taken",
    fault: "F20",
    file: `${FOLDER}/push/open-while.ts`,
    find: `      start: (controller) => controller.enqueue(beat),\n`,
    replace: ``,
    what: "A job runs before its caller knows that it was taken, so that one that ends the process costs no attempt.",
    tests: ["test/push.test.ts"],
  },
  {
    id: "F112-another-server-takes-it",
    fault: "F112",
    file: `${FOLDER}/push/http-broker.ts`,
    find: `if (ok) return isOurs ? undefined :`,
    replace: `if (ok) return ok ? undefined :`,
    what: "A job that was sent to a page of another server counts as taken.",
    tests: ["test/push.test.ts"],
  },
];
