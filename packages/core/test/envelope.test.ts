import { expect, test } from "vitest";
import { type Envelope, decode, encode } from "../src/broker/envelope.ts";

const data = {
  id: "job-1",
  partition: "user:42",
  name: "send-welcome-email",
  queue: "default",
  payload: '{"userId":42}',
  headers: { v: "1", "m.user_id": "42" },
  priority: 5,
};
const job: Envelope = { ...data, kind: "job", sentAt: 1, dueAt: 2, attempts: 3, hides: 1 };
const carried: Envelope = {
  ...data,
  kind: "carried",
  carriedAt: 1,
  token: 2,
  attempt: 3,
  stalled: true,
  ageMs: 4,
  waitedMs: 5,
};
const dead: Envelope = {
  ...data,
  kind: "dead",
  sentAt: 1,
  attempts: 5,
  diedAt: 9,
  failure: { message: "no", stack: "at no" },
};

test.each([job, carried, dead])("a $kind message comes out as it went in", (envelope) => {
  expect(decode(encode(envelope))).toEqual(envelope);
});

test.each([
  ["with line breaks", '{\n"a":\r\n1}\n'],
  ["that is empty", ""],
  ["that looks like a message", "longshore/1 {}\n{}"],
  ["of any script", '"ünïcödé 日本語 \u{1f6a2} \\ud800"'],
])("a payload %s is kept byte for byte", (_, payload) => {
  expect(decode(encode({ ...job, payload }))).toEqual({ ...job, payload });
});

test("a message of a later format is told from one that is not ours", () => {
  expect(decode(encode(job).replace("longshore/1", "longshore/2"))).toEqual({ kind: "newer" });
  expect(decode("longshore/2 and then whatever it will be")).toEqual({ kind: "newer" });
});

const without = (field: string): string => {
  const [line = "", payload] = encode(dead).split("\n");
  const head: Record<string, unknown> = JSON.parse(line.slice(line.indexOf(" ")));
  delete head[field];
  return `longshore/1 ${JSON.stringify(head)}\n${payload}`;
};

test.each([
  undefined,
  null,
  0,
  "",
  "hello",
  "longshore/",
  "longshore/1",
  "longshore/1 ",
  "longshore/1 \n",
  "longshore/x {}\n{}",
  "longshore/1 null\n{}",
  "longshore/1 []\n{}",
  "longshore/1 {\n{}",
  "longshore/1 {}\n{}",
  'longshore/1 {"kind":"__proto__"}\n{}',
  'longshore/1 {"__proto__":{"kind":"job"}}\n{}',
  " " + encode(job),
  encode(job).replace('"priority":5', '"priority":"5"'),
  encode(job).replace('"priority":5', '"priority":null'),
  encode(job).replace('"v":"1"', '"v":1'),
  encode(job).replace('"hides":1', '"hides":"1"'),
  encode(job).replace('"user:42"', "42"),
  ...["kind", "id", "name", "queue", "headers", "priority", "sentAt", "attempts", "diedAt", "failure"].map(without),
  `longshore/1 ${"[".repeat(100_000)}\n{}`,
  { userId: 42 },
  new ArrayBuffer(8),
  new Date(0),
])("a body that is not ours is foreign: %s", (body) => {
  expect(decode(body)).toEqual({ kind: "foreign" });
});
