import { LongshoreError } from "@longshore/core";
import { VERSION_HEADER, WIRE_VERSION } from "../wire.ts";

export function checkMethod({ method }: Request, expected: "GET" | "POST"): void {
  if (method !== expected)
    throw new LongshoreError("invalid_request", `The method must be ${expected}; got ${method}.`);
}

/** A post of JSON, which a page of another site cannot send without asking. */
export function checkPost(request: Request): void {
  checkMethod(request, "POST");
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw new LongshoreError("invalid_request", "The content-type must be application/json.");
  }
}

export function checkVersion({ headers }: Request): void {
  const version = headers.get(VERSION_HEADER) ?? String(WIRE_VERSION);
  if (!/^\d{1,6}$/.test(version))
    throw new LongshoreError("invalid_request", `The ${VERSION_HEADER} must be a number.`);
  if (Number(version) <= WIRE_VERSION) return;
  const message = `The client speaks version ${version} of the wire, the server only ${WIRE_VERSION}: update the server.`;
  throw new LongshoreError("unsupported_version", message);
}

/** The value of a JSON text. `expected`: what it should be, for the refusal. */
export function parseJson(text: string, expected: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new LongshoreError("invalid_request", `The body must be ${expected}.`);
  }
}

/** Stops reading at the limit, whatever `content-length` says. */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  if (Number(request.headers.get("content-length")) > maxBytes) throw tooLarge(maxBytes);
  const reader = request.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      throw tooLarge(maxBytes);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function tooLarge(maxBytes: number): LongshoreError {
  return new LongshoreError("batch_too_large", `A request must be at most ${maxBytes} bytes; split the call.`);
}
