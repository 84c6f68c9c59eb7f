export { type DeadLetter, readDeadLetter } from "./dead-letter.ts";
export { type AwsCallOptions, type AwsCredentials, awsCall } from "./aws-call.ts";
export { type Sqs, type SqsOptions, sqs } from "./broker.ts";
export type { SqsAction, SqsAnswer, SqsCall, SqsFailure, SqsInput, SqsRecord } from "./call.ts";
export type { ForeignMessage } from "./foreign.ts";
export {
  type LambdaAnswer,
  type LambdaContext,
  type LambdaEvent,
  type LambdaOptions,
  type LambdaRecord,
  onLambda,
} from "./lambda.ts";
export { type Poll, type PollOptions, poll } from "./poll.ts";
export type { SqsMessage, SqsQueue } from "./queue.ts";
export { type SqsSdk, sdkCall } from "./sdk-call.ts";
export type { SqsTraits } from "./traits.ts";
