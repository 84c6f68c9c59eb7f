import type { AnyAdapter } from "@longshore/conformance";
import type { Answer, Operation } from "@longshore/conformance/tools";

const VERBS = [
  "enqueue",
  "claim",
  "settle",
  "renew",
  "get",
  "cancel",
  "replay",
  "runNow",
  "remove",
  "prune",
  "advance",
] as const;

/** The verbs that read or change single jobs. */
export type RecordedVerb = (typeof VERBS)[number];

/** One call of an adapter as its caller saw it, between two instants of one counter. */
export type RecordedCall<V extends RecordedVerb = RecordedVerb> = V extends RecordedVerb
  ? {
      readonly verb: V;
      readonly input: Operation<V>["input"];
      /** Undefined if no reply arrived: the call may have happened at any later time, or not at all. */
      readonly reply: { readonly answer: Answer<V>; readonly returnedAt: number } | undefined;
      readonly calledAt: number;
      /** The caller's name, for people. */
      readonly by: string;
    }
  : never;

export type Recorder = {
  /** Wraps an adapter to record its calls. Several clients can share one recorder. */
  record<A extends AnyAdapter>(adapter: A, by?: string): A;
  /** Records a call that does not go through an adapter's method, if its verb is about single jobs. */
  observe<T>(verb: string, input: readonly unknown[], run: () => Promise<T>, by?: string): Promise<T>;
  /** All calls so far, by their beginnings. Those that have not returned yet have no reply. */
  readonly calls: readonly RecordedCall[];
};

/**
 * Records which calls overlap, for `checkHistory`. Its instants are a counter's, because a clock may stand still. Put
 * it where each call happens at most once: outside of what loses replies, inside of what repeats calls.
 */
export function createRecorder(): Recorder {
  const calls: RecordedCall[] = [];
  let instant = 0;

  const observe: Recorder["observe"] = async (verb, input, run, by = "") => {
    if (!isRecorded(verb)) return run();
    const at = calls.length;
    // The verb's own input, from the adapter's caller.
    const call = { verb, input, reply: undefined, calledAt: ++instant, by } as unknown as RecordedCall;
    calls.push(call);
    const answer = await run();
    calls[at] = { ...call, reply: { answer, returnedAt: ++instant } } as RecordedCall; // the verb's own answer
    return answer;
  };

  const record = <A extends AnyAdapter>(adapter: A, by?: string): A =>
    new Proxy(adapter, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        const bound: (...input: unknown[]) => unknown = value.bind(target);
        if (!isRecorded(name)) return bound;
        return (...input: unknown[]) => observe(name, input, async () => bound(...input), by);
      },
    });

  return { record, observe, calls };
}

function isRecorded(name: string | symbol): name is RecordedVerb {
  return VERBS.some((verb) => verb === name);
}
