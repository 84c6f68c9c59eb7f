import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import * as sdk from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";

export const folder: string = fileURLToPath(new URL("../", import.meta.url));

type Queue = { readonly name: string; readonly attributes: Readonly<Record<string, string>> };

/** The emulator of docker-compose.yml with its queues, on a free port of loopback. The environment is that of local.env. */
export async function startEmulator(): Promise<{ readonly client: sdk.SQSClient; stop(): Promise<void> }> {
  const app = buildApp({ logger: false });
  const origin = await app.listen({ port: 0, host: "127.0.0.1" });
  const text = readFileSync(`${folder}local.env`, "utf8").replaceAll("http://localhost:4566", origin);
  Object.assign(process.env, parseEnv(text));
  const client = new sdk.SQSClient({});
  const { queues } = JSON.parse(readFileSync(`${folder}queues.json`, "utf8")) as { queues: Queue[] };
  for (const { name, attributes } of queues) {
    await client.send(new sdk.CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  }
  return {
    client,
    async stop() {
      client.destroy();
      await app.close();
    },
  };
}
