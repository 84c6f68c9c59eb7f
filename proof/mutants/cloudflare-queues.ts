import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/brokers/cloudflare-queues/src";
/** What all brokers share is tested over this one. */
const KIT = "packages/core/src/broker";
const testedBy = "packages/brokers/cloudflare-queues";

/** Of the broker, and of the kit that it is made from. */
export const cloudflareQueuesMutants: readonly Mutant[] = [
  {
    id: "F15-starts-too-early",
    fault: "F15",
    file: `${KIT}/delivery.ts`,
    testedBy,
    find: `if (envelope.dueAt <= at) jobs.push(take(message, envelope, at));`,
    replace: `if (envelope.dueAt <= at + 86_400_000) jobs.push(take(message, envelope, at));`,
    what: "A delay that is longer than a message can wait ends after the first of its messages.",
    tests: ["test/enqueue.test.ts"],
  },
  {
    id: "F15-hop-is-lost",
    fault: "F15",
    file: `${KIT}/delivery.ts`,
    testedBy,
    find: `        if (reasons[i] === undefined) return () => message.ack();
        return () => message.retry(RETRY_MS);`,
    replace: `        return () => message.ack();`,
    what: "A message of a long delay is acknowledged although the next one could not be sent.",
    tests: ["test/enqueue.test.ts"],
  },
  {
    id: "F23-acknowledged-before-it-is-dead",
    fault: "F23",
    file: `${KIT}/held-message.ts`,
    testedBy,
    find: `        await once("outcome", () => sending.postAll("dead", [letter]));
        break;`,
    replace: `        await message.ack();
        return once("outcome", () => sending.postAll("dead", [letter]));`,
    what: "A message is acknowledged before its dead letter is sent.",
    tests: ["test/settle.test.ts"],
  },
  {
    id: "F34-one-failure-for-all",
    fault: "F34",
    file: `${KIT}/broker.ts`,
    testedBy,
    find: `      const results = await Promise.allSettled(settlements.map(deliveries.settle));
      // Each by itself, and only then the bad news: repeated, the call answers \`repeated\` for those that went well.
      return results.map((result) => {
        if (result.status === "rejected") throw result.reason;
        return result.value;
      });`,
    replace: `      const answers: Awaited<ReturnType<typeof deliveries.settle>>[] = [];
      for (const one of settlements) answers.push(await deliveries.settle(one));
      return answers;`,
    what: "One failed settlement prevents those after it.",
    tests: ["test/settle.test.ts"],
  },
  {
    id: "F34-unsettled-are-acknowledged",
    fault: "F34",
    file: `${KIT}/held-message.ts`,
    testedBy,
    find: `      else await retry(retryMs);`,
    replace: `      else if (settling === undefined) await message.ack();
      else await retry(retryMs);`,
    what: "Messages that a consumer has not settled are acknowledged.",
    tests: ["test/consume.test.ts"],
  },
  {
    id: "F91-settles-twice",
    fault: "F91",
    file: `${KIT}/held-message.ts`,
    testedBy,
    find: `        await settling;
        return "repeated";`,
    replace: `        await settling;
        sent.clear();`,
    what: "A repeated settlement sends its messages twice.",
    tests: ["test/settle.test.ts"],
  },
  {
    id: "F112-oversize-is-sent",
    fault: "F112",
    file: `${KIT}/sending.ts`,
    testedBy,
    find: `      if (fits(made)) return made;`,
    replace: `      if (fits(made) || job.partition === undefined) return made;`,
    what: "A message over the platform's size limit is sent.",
    tests: ["test/enqueue.test.ts"],
  },
  {
    id: "F112-large-batch",
    fault: "F112",
    file: `${KIT}/batches.ts`,
    testedBy,
    find: `batch.length === count || total + own > bytes`,
    replace: `batch.length === count`,
    what: "Batches exceed the platform's limit.",
    tests: ["test/enqueue.test.ts"],
  },
  {
    id: "F114-no-dead-letters",
    fault: "F114",
    file: `${FOLDER}/broker.ts`,
    find: `  if (typeof deadLetters?.sendBatch !== "function") {`,
    replace: `  if (deadLetters === null) {`,
    what: "The adapter starts without a queue for dead letters.",
    tests: ["test/enqueue.test.ts"],
  },
];
