import { LongshoreError, type Platform } from "@longshore/core";
import type { AnswerOf, ObjectVerb, Call, InputOf, Reply } from "../wire.ts";

/** The binding of the objects: `env.JOBS`. Any class with a method `jobs` works. */
export type JobsNamespace = { getByName(name: string): { jobs(call: never): unknown } };

export type Remote = <V extends ObjectVerb>(shard: number, verb: V, ...input: InputOf<V>) => Promise<AnswerOf<V>>;

const MOST_TRIES = 4;
const FIRST_WAIT_MS = 50;

/**
 * Calls the objects. A call that the platform marks retryable is repeated through a new stub, because a stub that threw
 * is broken. Repeating is safe: ids and tokens make every verb repeatable. An overloaded object is not asked again.
 */
export function remoteOf(
  namespace: JobsNamespace,
  name: string,
  layout: Pick<Call, "shards">,
  platform: Platform,
): Remote {
  const send = async (shard: number, call: Call): Promise<Reply> => {
    for (let tries = 1; ; tries++) {
      try {
        const stub = namespace.getByName(shard === 0 ? name : `${name}:${shard}`);
        // The binding has the types of its class; ours are those of the method.
        return (await stub.jobs(call as never)) as Reply;
      } catch (error) {
        const { retryable, overloaded } = Object(error); // set by the platform
        if (tries === MOST_TRIES || retryable !== true || overloaded === true) throw error;
        await new Promise<void>((resolve) => {
          platform.timer(FIRST_WAIT_MS * 2 ** tries * platform.random(), resolve);
        });
      }
    }
  };
  const ask: Remote = async (shard, verb, ...input) => {
    const call: Call = { ...layout, verb, input, agreed: shard === 0 };
    let reply = await send(shard, call);
    if (reply.type === "new") {
      // Any call to the first shard makes it remember the number of shards, or refuse it.
      await ask(0, "get", []);
      reply = await send(shard, { ...call, agreed: true });
    }
    if (reply.type === "refused") throw new LongshoreError(reply.code, reply.message);
    return (reply.type === "done" ? reply.value : undefined) as AnswerOf<typeof verb>; // answers by verb
  };
  return ask;
}
