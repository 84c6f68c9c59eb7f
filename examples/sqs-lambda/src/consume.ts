/** The function that SQS's messages are handed to. */
import { createWorker } from "@longshore/core";
import { type LambdaAnswer, type LambdaContext, type LambdaEvent, onLambda } from "@longshore/sqs";
import { handlers } from "./handlers.ts";
import { callOfLambda, openJobs } from "./queues.ts";

const broker = openJobs(callOfLambda());
const worker = createWorker(broker, { handlers });

export async function handler(event: LambdaEvent, context: LambdaContext): Promise<LambdaAnswer> {
  return onLambda(event, { broker, worker, context });
}
