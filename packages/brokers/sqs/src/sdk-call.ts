import type { SqsAction, SqsAnswer, SqsCall, SqsInput } from "./call.ts";

/** The parts of `@aws-sdk/client-sqs` that are used, as `import * as sdk` has them. */
export type SqsSdk = Readonly<Record<`${SqsAction}Command`, abstract new (input: never) => object>>;

/**
 * Calls SQS with the AWS SDK, for its credentials and its retries.
 *
 * ```ts
 * import * as sdk from "@aws-sdk/client-sqs";
 * const call = sdkCall(new sdk.SQSClient({}), sdk);
 * ```
 */
export function sdkCall(client: { send(command: never): Promise<unknown> }, sdk: SqsSdk): SqsCall {
  return async (action, input) => {
    const Command = sdk[`${action}Command`] as new (input: SqsInput) => never; // the SDK's own commands
    return (await client.send(new Command(input))) as SqsAnswer;
  };
}
