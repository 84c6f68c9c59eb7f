import { LongshoreError, type Platform } from "@longshore/core";
import type { AnswerOf, Call, InputOf, Reply } from "./wire.ts";
import type { Verb } from "./store.ts";

/** The binding of the objects: `env.JOBS`. Any class with a method `jobs` will do. */
export type JobsNamespace = { getByName(name: string): { jobs(call: never): unknown } };

export type Remote = {
  call<V extends Verb>(shard: number, verb: V, ...input: InputOf<V>): Promise<AnswerOf<V>>;
  wake(shard: number): Promise<void>;
};

const MOST_TRIES = 4;
const FIRST_WAIT_MS = 50;

/**
 * Calls to the objects. One that the platform calls retryable is repeated through a new stub (a stub that threw is
 * broken); that is safe because ids and tokens make every verb repeatable. An overloaded object is left alone.
 */
export function remoteOf(
  namespace: JobsNamespace,
  name: string,
  said: Pick<Call, "shards" | "leaseMs">,
  platform: Platform,
): Remote {
  const once = async (call: Call): Promise<Reply> =>
    // Their types are those of the class behind the binding; ours are those of the method.
    (await namespace.getByName(call.shard === 0 ? name : `${name}:${call.shard}`).jobs(call as never)) as Reply;
  const send = async (call: Call): Promise<Reply> => {
    for (let tries = 1; ; tries++) {
      try {
        return await once(call);
      } catch (error) {
        if (tries === MOST_TRIES || !isRetryable(error)) throw error;
        await new Promise<void>((resolve) => {
          platform.timer(FIRST_WAIT_MS * 2 ** (tries - 1) * (1 + platform.random()), resolve);
        });
      }
    }
  };
  const ask = async (shard: number, verb: Call["verb"], input: readonly unknown[]): Promise<unknown> => {
    const call: Call = { ...said, verb, input, shard, agreed: shard === 0 };
    let reply = await send(call);
    if (reply.type === "new") {
      await ask(0, "wake", []);
      reply = await send({ ...call, agreed: true });
    }
    if (reply.type === "done") return reply.value;
    const [code, message] = reply.type === "refused" ? [reply.code, reply.message] : [];
    throw new LongshoreError(code ?? "shard_mismatch", message ?? "The object did not agree.");
  };
  return {
    call: (shard, verb, ...input) => ask(shard, verb, input) as never, // the object answers by its verb's type
    wake: async (shard) => void (await ask(shard, "wake", [])),
  };
}

function isRetryable(error: unknown): boolean {
  const { retryable, overloaded } = (error ?? {}) as { retryable?: unknown; overloaded?: unknown }; // the platform's marks
  return retryable === true && overloaded !== true;
}
