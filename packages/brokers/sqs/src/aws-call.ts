import { LongshoreError } from "@longshore/core";
import { type Checks, aFunction, anything, checkOptions, text } from "@longshore/core/adapter";
import { AwsClient } from "aws4fetch";
import type { SqsAnswer, SqsCall } from "./call.ts";

export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
};

export type AwsCallOptions = {
  /** Or a function, called before each call, for credentials that change. */
  readonly credentials: AwsCredentials | (() => AwsCredentials | Promise<AwsCredentials>);
  /** Such as `eu-west-1`. */
  readonly region: string;
  /** Default: the runtime's own. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
};

const CHECKS: Checks<AwsCallOptions> = {
  credentials: anything, // checked below
  region: text("a region, such as eu-west-1", /^[a-z\d-]{1,40}$/),
  fetch: aFunction,
};

/** A call that takes longer than its long poll and this is given up. */
const ANSWER_MS = 15_000;

/**
 * Calls SQS with signed requests of `fetch`, on every runtime and without the AWS SDK. The endpoint is that of the
 * queue's URL. Fails with `invalid_option`; its calls fail with `enqueue_failed`, and say what SQS answered.
 *
 * ```ts
 * const call = awsCall({ region: "eu-west-1", credentials: { accessKeyId, secretAccessKey } });
 * ```
 */
export function awsCall(options: AwsCallOptions): SqsCall {
  checkOptions("awsCall", options ?? {}, CHECKS);
  CHECKS.region(options?.region, "region of awsCall");
  const { credentials, region, fetch: send = (request) => fetch(request) } = options;
  if (typeof credentials !== "function") checkCredentials(credentials);

  // A client keeps what it derives from a secret for each day.
  let client: AwsClient | undefined;
  let known: AwsCredentials | undefined;
  const clientOf = (given: AwsCredentials): AwsClient => {
    const { accessKeyId, secretAccessKey, sessionToken } = given;
    if (
      client === undefined ||
      known?.accessKeyId !== accessKeyId ||
      known.secretAccessKey !== secretAccessKey ||
      known.sessionToken !== sessionToken
    ) {
      const token = sessionToken !== undefined && { sessionToken };
      client = new AwsClient({ accessKeyId, secretAccessKey, ...token, service: "sqs", region });
      known = { accessKeyId, secretAccessKey, sessionToken };
    }
    return client;
  };
  return async (action, input) => {
    const given = typeof credentials === "function" ? await credentials() : credentials;
    checkCredentials(given);
    const signed = await clientOf(given).sign(`${new URL(input.QueueUrl).origin}/`, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` },
      body: JSON.stringify(input),
    });
    const waitMs = Number(input["WaitTimeSeconds"] ?? 0) * 1_000 + ANSWER_MS;
    const response = await send(new Request(signed, { signal: AbortSignal.timeout(waitMs) }));
    const answer = await response.text();
    if (response.ok) return parsed(answer) ?? {};
    throw new LongshoreError("enqueue_failed", `SQS refused ${action}: ${response.status} ${answer.slice(0, 300)}`);
  };
}

function parsed(answer: string): SqsAnswer | undefined {
  try {
    return JSON.parse(answer) as SqsAnswer; // whoever reads it takes each part as perhaps missing
  } catch {
    return undefined;
  }
}

function checkCredentials(given: AwsCredentials): void {
  const { accessKeyId, secretAccessKey } = Object(given) as Partial<AwsCredentials>;
  const isFilled = (text: unknown): boolean => typeof text === "string" && text !== "";
  if (isFilled(accessKeyId) && isFilled(secretAccessKey)) return;
  throw new LongshoreError(
    "invalid_option",
    "credentials of awsCall must have accessKeyId and secretAccessKey, or be a function that returns them. Are they in the environment? In Lambda they are; in a container on AWS use sdkCall, whose SDK finds them.",
  );
}
