/** What a server answered to one command. */
export type Reply = { readonly value?: string | number | null; readonly error?: string };

const CR = 13;
const TYPES = { "+": "line", "-": "error", ":": "number", $: "text", "!": "errorText", _: "nothing" } as const;

/**
 * Reads replies of the protocol RESP, those of the kinds that scripts and settings have: text, numbers, errors and
 * nothing. Calls `take` for each. Throws at any other, since what follows it cannot be read then.
 */
export function createReplies(take: (reply: Reply) => void): { push(chunk: Uint8Array): void } {
  const decoder = new TextDecoder();
  let chunks: Uint8Array[] = [];
  let length = 0;
  /** Shorter than this, it holds no whole reply: a long one is joined once and not at each of its chunks. */
  let wanted = 0;

  return {
    push(chunk) {
      chunks.push(chunk);
      length += chunk.length;
      if (length < wanted) return;
      const bytes = joined(chunks, length);
      let at = 0;
      wanted = 0;
      for (;;) {
        const end = bytes.indexOf(CR, at);
        if (end < 0 || end + 2 > bytes.length) break;
        const line = decoder.decode(bytes.subarray(at + 1, end));
        const type = TYPES[String.fromCharCode(bytes[at] ?? 0) as keyof typeof TYPES]; // or undefined
        let next = end + 2;
        let value = line;
        if ((type === "text" || type === "errorText") && line !== "-1") {
          const size = Number(line);
          if (next + size + 2 > bytes.length) {
            wanted = next + size + 2 - at;
            break;
          }
          value = decoder.decode(bytes.subarray(next, next + size));
          next += size + 2;
        }
        if (type === undefined) throw new Error("The server answered with a kind of reply that is not known here.");
        if (type === "error" || type === "errorText") take({ error: value });
        else if (type === "number") take({ value: Number(value) });
        else take({ value: type === "nothing" || line === "-1" ? null : value });
        at = next;
      }
      chunks = [bytes.subarray(at)];
      length = bytes.length - at;
    },
  };
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
