import { createWorker, defineJob, handle } from "@longshore/core";
import { anyInput } from "@longshore/conformance/tools";
import { poll, sqs } from "../src/index.ts";
import { callAt } from "./emulated.ts";

// A container's process: polls until SIGTERM. Says which jobs it begins and ends; they end when its input does.

const [queue = "", deadLetters = ""] = process.argv.slice(2);
const broker = sqs({ call: callAt(undefined), queue, deadLetters });
const mail = defineJob("send-welcome-email", { input: anyInput<{ userId: number }>() });
const told = new Promise((resolve) => process.stdin.resume().once("end", resolve));
const handler = handle(mail, async ({ userId }) => {
  console.log(`began ${userId}`);
  await told;
  console.log(`ended ${userId}`);
});
const host = poll({ broker, worker: createWorker(broker, { handlers: [handler] }), wait: 1_000, slots: 2 });
process.once("SIGTERM", async () => {
  console.log("stopping");
  await host.stop({ grace: "100s" });
});
