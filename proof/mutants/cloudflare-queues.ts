import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/brokers/cloudflare-queues/src";

/** Of the broker. */
export const cloudflareQueuesMutants: readonly Mutant[] = [
  {
    id: "F15-starts-too-early",
    fault: "F15",
    file: `${FOLDER}/delivery.ts`,
    find: `if (envelope.dueAt > now) early.push([message, envelope]);`,
    replace: `if (envelope.dueAt > now + 86_400_000) early.push([message, envelope]);`,
    what: "A delay that is longer than a message can wait ends after the first of its messages.",
    tests: ["test/enqueue.test.ts"],
  },
  {
    id: "F15-hop-is-lost",
    fault: "F15",
    file: `${FOLDER}/delivery.ts`,
    find: `      if (reasons[i] === undefined) message.ack();
      else message.retry({ delaySeconds: RETRY_SECONDS });`,
    replace: `      message.ack();`,
    what: "A message of a long delay is acknowledged although the next one could not be sent.",
    tests: ["test/enqueue.test.ts"],
  },
  {
    id: "F23-acknowledged-before-it-is-dead",
    fault: "F23",
    file: `${FOLDER}/held-message.ts`,
    find: `        await sendOne(context.deadLetters, deadLetter(envelope, attempt, context.now(), outcome.failure));
        return message.ack();`,
    replace: `        message.ack();
        return sendOne(context.deadLetters, deadLetter(envelope, attempt, context.now(), outcome.failure));`,
    what: "A message is acknowledged before its dead letter is sent.",
    tests: ["test/settle.test.ts"],
  },
  {
    id: "F34-one-failure-for-all",
    fault: "F34",
    file: `${FOLDER}/broker.ts`,
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
    file: `${FOLDER}/held-message.ts`,
    find: `      if (!settled) message.retry({ delaySeconds: retrySeconds });`,
    replace: `      if (settling === undefined) message.ack();`,
    what: "Messages that a consumer has not settled are acknowledged.",
    tests: ["test/consume.test.ts"],
  },
  {
    id: "F91-settles-twice",
    fault: "F91",
    file: `${FOLDER}/held-message.ts`,
    find: `        await settling;
        return "repeated";`,
    replace: `        await settling;`,
    what: "A repeated settlement sends its messages twice.",
    tests: ["test/settle.test.ts"],
  },
  {
    id: "F112-oversize-is-sent",
    fault: "F112",
    file: `${FOLDER}/broker.ts`,
    find: `    if (fits(made)) return made;`,
    replace: `    if (fits(made) || job.partition === undefined) return made;`,
    what: "A message over the platform's size limit is sent.",
    tests: ["test/enqueue.test.ts"],
  },
  {
    id: "F112-large-batch",
    fault: "F112",
    file: `${FOLDER}/send.ts`,
    find: `chunk.length === BATCH_MESSAGES || bytes + size > BATCH_BYTES`,
    replace: `chunk.length === BATCH_MESSAGES`,
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
