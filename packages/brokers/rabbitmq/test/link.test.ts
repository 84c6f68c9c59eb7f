import { turn, virtualTime } from "@longshore/conformance/tools";
import { expect, test } from "vitest";
import { createLink } from "../src/link.ts";
import { type FakeConnection, fakeConnection } from "./fake-connection.ts";

const message = { id: "1", exchange: "", key: "jobs", body: "job" };

/** A link, the connections that it opened, and a clock that the test moves. */
function setting({ refused = 0 } = {}) {
  const time = virtualTime();
  const opened: FakeConnection[] = [];
  let left = refused;
  const link = createLink(async () => {
    if (left-- > 0) throw new Error("refused");
    const one = fakeConnection();
    opened.push(one);
    return one;
  }, time);
  return { link, opened, time, pass: (ms: number) => time.pass(ms, turn) };
}

test("calls share one connection, and the next call after its end opens another", async () => {
  const { link, opened } = setting();
  await Promise.all([link.publish(message), link.publish(message)]);
  expect(opened).toHaveLength(1);
  opened[0]?.lose("reset");
  await turn();
  await link.publish(message);
  expect(opened.map(({ published }) => published.length)).toEqual([2, 1]);
});

test("a connection that cannot be opened fails the call, and not the next one", async () => {
  const { link } = setting({ refused: 1 });
  await expect(link.publish(message)).rejects.toThrow("refused");
  expect(await link.publish(message)).toBe("confirmed");
});

test("a message without an answer costs the connection after half a minute (F83)", async () => {
  const { link, opened, pass } = setting();
  await link.publish(message);
  const [first] = opened;
  if (first) first.answer = undefined;
  const answer = link.publish(message).catch(String);
  await turn();
  await pass(29_999);
  expect(first?.closed()).toBe(false);
  await pass(1);
  expect(await answer).toContain("took more than 30 s to confirm a message");
  await turn();
  expect(first?.closed()).toBe(true);
  expect(await link.publish(message)).toBe("confirmed");
  expect(opened).toHaveLength(2);
});

test("a subscription that is lost is renewed, after pauses that double up to five seconds", async () => {
  const { link, opened, pass } = setting({ refused: 8 });
  const lost: [string, number][] = [];
  const request = { queue: "jobs", prefetch: 1, deliver() {}, prepare: async () => {} };
  const subscription = link.consume({ ...request, lost: (reason, ms) => lost.push([reason, ms]) });
  for (const ms of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) {
    await turn();
    await pass(ms);
  }
  await turn();
  expect(lost.map(([, ms]) => ms)).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  expect(opened[0]?.consumed).toEqual(["jobs"]);
  opened[0]?.lose("reset");
  await turn();
  expect(lost.at(-1)).toEqual(["reset", 100]);
  await pass(100);
  await turn();
  expect(opened[1]?.consumed).toEqual(["jobs"]);
  await subscription.close();
});

test("a subscription whose connection is given up is renewed, although nobody tells it of the end", async () => {
  const { link, opened, pass } = setting();
  const request = { queue: "jobs", prefetch: 1, deliver() {}, prepare: async () => {}, lost() {} };
  const subscription = link.consume(request);
  await turn();
  const [first] = opened;
  if (first) first.answer = undefined;
  const answer = link.publish(message).catch(String);
  await turn();
  await pass(30_000);
  await answer;
  await turn();
  await pass(100);
  await turn();
  expect(opened[1]?.consumed).toEqual(["jobs"]);
  await subscription.close();
});

test("a subscription that is closed while it waits for the server is not renewed", async () => {
  const { link, opened, pass } = setting({ refused: 1 });
  const subscription = link.consume({
    queue: "jobs",
    prefetch: 1,
    deliver() {},
    prepare: async () => {},
    lost() {},
  });
  await turn();
  await subscription.close();
  await pass(10_000);
  expect(opened).toEqual([]);
});

test("a closed link closes its connection and takes no more", async () => {
  const { link, opened } = setting();
  await link.publish(message);
  await link.close();
  expect(opened[0]?.closed()).toBe(true);
  await expect(link.publish(message)).rejects.toMatchObject({ code: "invalid_option" });
});
