/** The actions of SQS that this adapter uses. */
export type SqsAction = "SendMessageBatch" | "ReceiveMessage" | "DeleteMessageBatch" | "ChangeMessageVisibilityBatch";

/**
 * One call of SQS: resolves with its answer, as in the JSON protocol, and rejects where there is none. `awsCall` makes
 * one, and `sdkCall` another, of the AWS SDK.
 */
export type SqsCall = (action: SqsAction, input: SqsInput) => Promise<SqsAnswer>;

export type SqsInput = { readonly QueueUrl: string } & Readonly<Record<string, unknown>>;

/** The parts of an answer that are read. */
export type SqsAnswer = {
  readonly Messages?: readonly SqsRecord[] | undefined;
  readonly Failed?: readonly SqsFailure[] | undefined;
};

export type SqsRecord = {
  readonly MessageId?: string | undefined;
  readonly ReceiptHandle?: string | undefined;
  readonly Body?: string | undefined;
  readonly Attributes?: Readonly<Record<string, string | undefined>> | undefined;
};

export type SqsFailure = {
  readonly Id?: string | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
};
