import type { SqsCall, SqsInput } from "../src/index.ts";

/**
 * SQS over a clock that a test moves. It stands for the service, which cannot be had here, and refuses what the service's
 * documentation says that it refuses: sizes, counts, delays, times hidden, receipt handles, a FIFO queue's fields. It
 * replaces characters as the service does, and orders as badly as a standard queue may: newest first.
 */
export type FakeSqs = {
  readonly call: SqsCall;
  /** Every call that reached it. */
  readonly calls: readonly { readonly action: string; readonly input: SqsInput }[];
  /** What is in a queue, received or not. */
  messages(url: string): readonly FakeMessage[];
  /** The next calls of an action fail: before it was done, or after. */
  fail(action: string, how: "refused" | "lostReply", times?: number): void;
  /** Ends long polls whose time has come. To be called after the clock has moved. */
  wake(): void;
};

type FakeMessage = {
  readonly id: string;
  readonly body: string;
  readonly group: string | undefined;
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  receivedAt: number;
  handle: string;
};

const HOUR = 3_600_000;
const BYTES = 1_048_576;
const DEDUPLICATED_MS = 300_000;
const MOST_IN_FLIGHT = 120_000;
const NAME = /^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/;
const REPLACED = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

class Refusal extends Error {
  override readonly name: string;
  constructor(code: string, why: string) {
    super(why);
    this.name = code;
  }
}

type Entry = Readonly<Record<string, unknown>>;
type Failed = { readonly Id: string; readonly Code: string; readonly Message: string };

export function fakeSqs(
  now: () => number,
  { retentionMs = Infinity, maxReceiveCount = Infinity, mostInFlight = MOST_IN_FLIGHT } = {},
): FakeSqs {
  const queues = new Map<string, FakeMessage[]>();
  const seen = new Map<string, number>();
  const calls: { action: string; input: SqsInput }[] = [];
  const faults: { action: string; how: "refused" | "lostReply" }[] = [];
  const polls = new Set<() => void>();
  let made = 0;

  const of = (url: string): FakeMessage[] => {
    const kept = (queues.get(url) ?? []).filter(({ sentAt }) => now() - sentAt < retentionMs);
    queues.set(url, kept);
    return kept;
  };
  const put = (url: string, body: string, group: string | undefined, delaySeconds: number): void => {
    of(url).push({
      id: `id-${++made}`,
      body: body.replace(REPLACED, "\ufffd"),
      group,
      sentAt: now(),
      visibleAt: now() + delaySeconds * 1_000,
      receives: 0,
      receivedAt: 0,
      handle: "",
    });
  };
  const inFlight = (one: FakeMessage): boolean => one.handle !== "" && one.visibleAt > now();

  const send = (url: string, entry: Entry): void => {
    const { MessageBody: body, DelaySeconds: delay, MessageGroupId: group, MessageDeduplicationId: key } = entry;
    const fifo = url.endsWith(".fifo");
    if (typeof body !== "string" || body === "") throw new Refusal("MissingParameter", "MessageBody");
    if (fifo && delay !== undefined) throw new Refusal("InvalidParameterValue", "DelaySeconds is not valid for FIFO");
    if (delay !== undefined) whole(delay, 0, 900, "DelaySeconds");
    if (!fifo && key !== undefined) throw new Refusal("InvalidParameterValue", "MessageDeduplicationId");
    if (fifo) {
      if (typeof group !== "string" || typeof key !== "string") throw new Refusal("MissingParameter", "MessageGroupId");
      if (!NAME.test(group) || !NAME.test(key)) throw new Refusal("InvalidParameterValue", "MessageGroupId");
      const known = seen.get(`${url} ${key}`);
      if (known !== undefined && now() - known < DEDUPLICATED_MS) return;
      seen.set(`${url} ${key}`, now());
    }
    put(url, body, group as string | undefined, Number(delay ?? 0));
  };
  const change = (url: string, { ReceiptHandle, VisibilityTimeout }: Entry): void => {
    whole(VisibilityTimeout, 0, 43_200, "VisibilityTimeout");
    const message = of(url).find(({ handle }) => handle === ReceiptHandle);
    if (message === undefined || !inFlight(message)) throw new Refusal("MessageNotInflight", "it is not in flight");
    const until = now() + Number(VisibilityTimeout) * 1_000;
    if (until - message.receivedAt > 12 * HOUR) throw new Refusal("InvalidParameterValue", "beyond 43200 seconds");
    message.visibleAt = until;
  };
  const remove = (url: string, { ReceiptHandle }: Entry): void => {
    const message = of(url).find(({ handle }) => handle === ReceiptHandle);
    // An old handle deletes nothing, and a standard queue does not say so.
    const fifo = url.endsWith(".fifo");
    if (fifo && message !== undefined && !inFlight(message)) throw new Refusal("InvalidParameterValue", "it expired");
    if (message !== undefined)
      queues.set(
        url,
        of(url).filter((one) => one !== message),
      );
  };
  const take = (input: SqsInput): object[] => {
    const url = input.QueueUrl;
    whole(input["MaxNumberOfMessages"], 1, 10, "MaxNumberOfMessages");
    whole(input["WaitTimeSeconds"], 0, 20, "WaitTimeSeconds");
    whole(input["VisibilityTimeout"], 0, 43_200, "VisibilityTimeout");
    if (of(url).filter(inFlight).length >= mostInFlight) throw new Refusal("OverLimit", "too many in flight");
    const fifo = url.endsWith(".fifo");
    const held = new Set(
      of(url)
        .filter(inFlight)
        .map(({ group }) => group),
    );
    const due = of(url).filter((one) => one.visibleAt <= now() && (!fifo || !held.has(one.group)));
    if (!fifo) due.reverse();
    const taken: object[] = [];
    for (const one of due.slice(0, Number(input["MaxNumberOfMessages"]))) {
      if (one.receives >= maxReceiveCount) {
        queues.set(
          url,
          of(url).filter((other) => other !== one),
        );
        put(`${url}-redriven`, one.body, one.group, 0);
        continue;
      }
      one.receives++;
      one.receivedAt = now();
      one.visibleAt = now() + Number(input["VisibilityTimeout"]) * 1_000;
      one.handle = `handle-${++made}`;
      const Attributes = { ApproximateReceiveCount: String(one.receives), ...(fifo && { MessageGroupId: one.group }) };
      taken.push({ MessageId: one.id, ReceiptHandle: one.handle, Body: one.body, Attributes });
    }
    return taken;
  };
  const receive = async (input: SqsInput): Promise<{ Messages: object[] }> => {
    const until = now() + Number(input["WaitTimeSeconds"]) * 1_000;
    for (;;) {
      const Messages = take(input);
      if (Messages.length > 0 || now() >= until) return { Messages };
      await new Promise<void>((resolve) => polls.add(resolve));
    }
  };
  const wake = (): void => {
    for (const resolve of polls) resolve();
    polls.clear();
  };
  const each = (input: SqsInput, act: (url: string, entry: Entry) => void): { Failed: Failed[] } => {
    const entries = input["Entries"] as readonly Entry[]; // the adapter's
    if (entries.length === 0) throw new Refusal("EmptyBatchRequest", "it is empty");
    if (entries.length > 10) throw new Refusal("TooManyEntriesInBatchRequest", "at most 10");
    const ids = entries.map(({ Id }) => String(Id));
    if (!ids.every((id) => /^[\w-]{1,80}$/.test(id))) throw new Refusal("InvalidBatchEntryId", "the id");
    if (new Set(ids).size < ids.length) throw new Refusal("BatchEntryIdsNotDistinct", "the ids");
    const bytes = Buffer.byteLength(entries.map(({ MessageBody = "" }) => String(MessageBody)).join(""));
    if (bytes > BYTES) throw new Refusal("BatchRequestTooLong", `${bytes} bytes`);
    const failed: Failed[] = [];
    for (const entry of entries) {
      try {
        act(input.QueueUrl, entry);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        failed.push({ Id: String(entry["Id"]), Code: error.name, Message: error.message });
      }
    }
    wake();
    return { Failed: failed };
  };

  return {
    calls,
    messages: of,
    wake,
    fail(action, how, times = 1) {
      for (let i = 0; i < times; i++) faults.push({ action, how });
    },
    async call(action, input) {
      calls.push({ action, input });
      const place = faults.findIndex((fault) => fault.action === action);
      const [fault] = place < 0 ? [] : faults.splice(place, 1);
      if (fault?.how === "refused") throw new Refusal("ServiceUnavailable", "try again");
      const answer = await run(action, input);
      if (fault !== undefined) throw new Error("the connection was reset");
      return answer;
    },
  };

  async function run(action: string, input: SqsInput): Promise<object> {
    switch (action) {
      case "SendMessageBatch":
        return each(input, send);
      case "ReceiveMessage":
        return receive(input);
      case "DeleteMessageBatch":
        return each(input, remove);
      case "ChangeMessageVisibilityBatch":
        return each(input, change);
      default:
        throw new Refusal("InvalidAction", action);
    }
  }
}

function whole(value: unknown, least: number, most: number, what: string): void {
  const fits = Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  if (!fits) throw new Refusal("InvalidParameterValue", `${what} must be ${least} to ${most}, not ${String(value)}`);
}
