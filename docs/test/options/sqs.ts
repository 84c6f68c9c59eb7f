import { createWorker } from "@longshore/core";
import {
  type AwsCallOptions,
  type LambdaOptions,
  type PollOptions,
  type SqsOptions,
  awsCall,
  onLambda,
  poll,
  sqs,
} from "@longshore/sqs";
import { type Factory, type Option, aFunction, aLogger, factory } from "./factory.ts";

const call = async () => ({});
const queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs";
const deadLetters = `${queue}-dead`;
const broker = sqs({ call, queue, deadLetters });
const worker = createWorker(broker, { handlers: [] });
const credentials = { accessKeyId: "id", secretAccessKey: "key" };

const aUrl: Option = { good: [`${queue}-2`, "http://127.0.0.1:4566/000000000000/jobs"], bad: ["jobs", "arn:aws:sqs"] };
const runner: Option = { good: [{ run: async () => {} }, { runCarried: async () => {} }], bad: [{ run: 5 }] };

export const overSqs: readonly Factory[] = [
  factory<SqsOptions>(
    "sqs",
    sqs,
    {
      call: aFunction,
      queue: aUrl,
      queues: { good: [{ mail: `${queue}-mail` }], takes: ["object"], bad: [{ mail: "mail" }, { "two words": queue }] },
      deadLetters: aUrl,
      messageBytes: { good: [65_536, 1_048_576], bad: [65_535, 1_048_577] },
      clock: aFunction,
    },
    { needs: { call, queue, deadLetters } },
  ),
  factory<AwsCallOptions>(
    "awsCall",
    awsCall,
    {
      credentials: {
        good: [credentials],
        takes: ["function"],
        bad: [{ accessKeyId: "id" }, { accessKeyId: "", secretAccessKey: "" }],
      },
      region: { good: ["eu-west-1"], takes: ["text"], bad: ["EU West"] },
      fetch: aFunction,
    },
    { needs: { credentials, region: "eu-west-1" } },
  ),
  factory<PollOptions>(
    "poll",
    (options) => poll(options).stop({ grace: 0 }),
    {
      broker: { good: [sqs({ call, queue, deadLetters })] },
      worker: runner,
      slots: { good: [1, 1_000], bad: [1_001] },
      visibility: { good: ["10s", "12h"], bad: ["9s", "13h"], code: "invalid_duration" },
      wait: { good: ["20s"], takes: ["zero", "half"], bad: ["21s"], code: "invalid_duration" },
      foreign: aFunction,
      log: aLogger,
      platform: { good: [{ timer: () => () => {}, turn: async () => {} }], bad: [{ timer: () => () => {} }] },
    },
    { needs: { broker, worker } },
  ),
  factory<LambdaOptions>(
    "onLambda",
    (options) => onLambda({ Records: [] }, options),
    {
      broker: { good: [sqs({ call, queue, deadLetters })] },
      worker: runner,
      context: { good: [{ getRemainingTimeInMillis: () => 1_000 }] },
      foreign: aFunction,
      log: aLogger,
      platform: { good: [{ timer: () => () => {} }] },
    },
    { needs: { broker, worker, context: { getRemainingTimeInMillis: () => 1_000 } } },
  ),
];
