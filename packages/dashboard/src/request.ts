import { LongshoreError } from "@longshore/core";

/** The size of an action's request: a thousand references fit. */
const MOST_BYTES = 600_000;

export function checkMethod({ method }: Request, expected: "GET" | "POST"): void {
  if (method === expected || (expected === "GET" && method === "HEAD")) return;
  throw new LongshoreError("invalid_request", `The method must be ${expected}; got ${method}.`);
}

/**
 * Refuses what a page of another site has sent. Browsers say so in `sec-fetch-site`, but on plain HTTP only of
 * localhost; there the origin must name this host.
 */
export function checkSite({ headers, url }: Request): void {
  const site = headers.get("sec-fetch-site");
  if (site !== null) {
    if (site === "same-origin" || site === "none") return;
  } else {
    const origin = headers.get("origin");
    if (origin === null || (URL.canParse(origin) && new URL(origin).host === new URL(url).host)) return;
  }
  throw new LongshoreError("forbidden", "Pages of another site may not ask here.");
}

/** A post of JSON: a form of another site cannot send one. */
export async function readBody(request: Request): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw new LongshoreError("invalid_request", "The content-type must be application/json.");
  }
  let body: unknown;
  try {
    body = JSON.parse(await readText(request));
  } catch (error) {
    if (error instanceof SyntaxError) throw new LongshoreError("invalid_request", "The body must be JSON.");
    throw error;
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    return body as Readonly<Record<string, unknown>>; // of a JSON object
  }
  throw new LongshoreError("invalid_request", "The body must be a JSON object.");
}

/** Stops reading at the limit, whatever `content-length` says. */
async function readText({ body }: Request): Promise<string> {
  const reader = body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > MOST_BYTES) {
      await reader.cancel();
      throw new LongshoreError("batch_too_large", `A request must be at most ${MOST_BYTES} bytes; act on fewer jobs.`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
