import { type SqsCall, awsCall } from "../src/index.ts";

const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };

/** Calls the emulator by HTTP, as of a time of the test's. */
export function callAt(now: (() => number) | undefined): SqsCall {
  const call = awsCall({
    region: "us-east-1",
    credentials: CREDENTIALS,
    fetch(request) {
      if (now !== undefined) request.headers.set("x-now", String(now()));
      return fetch(request);
    },
  });
  return async (action, input) => {
    const sent = await call(action, { ...input, ...mapped(input["Entries"], "Entries", "MessageBody", hide) });
    return { ...sent, ...mapped(sent.Messages, "Messages", "Body", show) };
  };
}

// The emulator (fauxqs 2.4.1) refuses characters beyond U+FFFF, which SQS takes.
const hide = (text: string): string =>
  text.replace(/[\u{10000}-\u{10ffff}]/gu, (one) => `<astral ${one.codePointAt(0)}>`);
const show = (text: string): string =>
  text.replace(/<astral (\d+)>/g, (_, code: string) => String.fromCodePoint(Number(code)));

function mapped(list: unknown, name: string, field: string, how: (text: string) => string): object {
  if (!Array.isArray(list)) return {};
  return { [name]: list.map((one) => ({ ...one, ...(field in one && { [field]: how(one[field]) }) })) };
}

let made = 0;
const RUN = Math.random().toString(36).slice(2, 8);

/** Makes a queue that nobody else has. Returns its URL. */
export async function makeQueue(origin: string, suffix = ""): Promise<string> {
  const name = `queue-${RUN}-${++made}${suffix}`;
  const attributes = suffix === ".fifo" ? { Attributes: { FifoQueue: "true" } } : {};
  const response = await fetch(`${origin}/`, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.CreateQueue" },
    body: JSON.stringify({ QueueName: name, ...attributes }),
  });
  if (!response.ok) throw new Error(`the emulator makes no queue: ${await response.text()}`);
  return `${origin}/000000000000/${name}`;
}
