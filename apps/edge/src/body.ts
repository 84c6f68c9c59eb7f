import { HTTPException } from "hono/http-exception";

/** The largest request, in bytes. The store takes no larger payloads; GitHub sends up to 25 MB. */
export const MAX_BODY_BYTES = 900_000;
const MAX_DEPTH = 100;

/** Reads a JSON body. Refuses another type or encoding (415), and one that is too large before all is read (413). */
export async function readJsonBody(request: Request, most: number = MAX_BODY_BYTES): Promise<Uint8Array> {
  const type = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new HTTPException(415, { message: "send application/json" });
  return readBody(request, most);
}

/** Reads a body. Refuses an encoding (415), and one that is too large before all is read (413). */
export async function readBody(request: Request, most: number): Promise<Uint8Array> {
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity") throw new HTTPException(415, { message: "send it uncompressed" });
  const tooLarge = new HTTPException(413, { message: `at most ${most} bytes` });
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Counted while reading: the header may be wrong or missing.
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > most) throw tooLarge;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** The text and the value of a JSON body; 400 for invalid UTF-8, invalid JSON, or too deep nesting. */
export function parseJson(bytes: Uint8Array): { readonly text: string; readonly value: unknown } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (depthOf(text) <= MAX_DEPTH) return { text, value: JSON.parse(text) };
  } catch {
    // The parser's message quotes the body.
  }
  throw new HTTPException(400, { message: `send JSON, nested at most ${MAX_DEPTH} levels deep` });
}

/** How deeply brackets are nested, ignoring those in strings. Uses no stack, and looks at each byte once. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') quoted = !quoted;
    else if (quoted) i += char === "\\" ? 1 : 0;
    else if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth--;
  }
  return deepest;
}
