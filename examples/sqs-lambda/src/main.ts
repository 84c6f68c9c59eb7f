/** Polls SQS and runs its jobs until it is told to stop, as a container is. */
import process from "node:process";
import * as sdk from "@aws-sdk/client-sqs";
import { createWorker } from "@longshore/core";
import { poll, sdkCall } from "@longshore/sqs";
import { handlers } from "./handlers.ts";
import { openJobs } from "./queues.ts";

// The SDK finds the credentials of a container, which are not in its environment, and renews them.
const broker = openJobs(sdkCall(new sdk.SQSClient({}), sdk));
const host = poll({ broker, worker: createWorker(broker, { handlers }) });

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    // ECS and Kubernetes kill after 30 s, unless told otherwise, and Docker after 10 (`docker stop --time 30`). The last
    // call for messages waits for up to 20 of them.
    await host.stop({ grace: "25s" });
  });
}
