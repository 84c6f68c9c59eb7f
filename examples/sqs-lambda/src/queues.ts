import process from "node:process";
import { type Sqs, type SqsCall, awsCall, sqs } from "@longshore/sqs";

const { JOBS_URL = "", DEAD_JOBS_URL = "" } = process.env;

/** The queues that the environment names, called in the way of a host. */
export function openJobs(call: SqsCall): Sqs {
  return sqs({ call, queue: JOBS_URL, deadLetters: DEAD_JOBS_URL });
}

/** The way of a function: Lambda has its region and its credentials in the environment. */
export function callOfLambda(): SqsCall {
  const { AWS_REGION = "", AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  return awsCall({
    region: AWS_REGION,
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      sessionToken: AWS_SESSION_TOKEN,
    },
  });
}
