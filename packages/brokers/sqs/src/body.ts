/**
 * SQS keeps the characters of XML 1.0 and replaces all others by U+FFFD, without a word
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html). JSON may contain two of
 * them as they are, U+FFFE and U+FFFF. A body with such characters is escaped as a whole, and begins with a `%`.
 */
const REPLACED = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const ESCAPED = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|%/gu;

export function escapeBody(body: string): string {
  if (!REPLACED.test(body)) return body;
  return `%${body.replace(ESCAPED, (one) => `%${one.charCodeAt(0).toString(16).padStart(4, "0")}`)}`;
}

/** A body that we did not escape comes out as it is. */
export function unescapeBody(body: string): string {
  if (!body.startsWith("%longshore/")) return body;
  return body.slice(1).replace(/%([\da-f]{4})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
