import process from "node:process";
import { createQueue } from "@longshore/core";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BIN } from "./bin.ts";
import { fill } from "./jobs.ts";
import { type Filled, sqliteFile } from "./stores.ts";

let filled: Filled;
let client: Client;
beforeEach(async () => {
  filled = await sqliteFile();
  await fill(filled.store);
  client = new Client({ name: "test", version: "1" });
});
afterEach(async () => {
  await client.close();
  await filled.close();
});

async function connect(...args: string[]): Promise<string[]> {
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [BIN, "mcp", ...args, ...filled.args] }),
  );
  return (await client.listTools()).tools.map(({ name }) => name);
}

async function call(name: string, input: Record<string, unknown> = {}): Promise<{ isError: boolean; text: string }> {
  const { content, isError = false } = await client.callTool({ name, arguments: input });
  const [first] = content as readonly { readonly text: string }[]; // ours are texts
  return { isError, text: first?.text ?? "" };
}

test("an assistant sees jobs without their inputs, and nothing that changes one", async () => {
  expect(await connect()).toEqual(["counts", "jobs", "job", "dead", "schedules"]);
  expect(JSON.parse((await call("counts")).text)).toMatchObject([{ queue: "mail", counts: { dead: 2 } }]);
  const { groups } = JSON.parse((await call("dead", { byError: true })).text) as { groups: unknown };
  expect(groups).toMatchObject([{ count: 1 }, { count: 1 }]);
  const { text } = await call("job", { id: "mail:editor" });
  expect(text).toContain("503 Service Unavailable");
  expect(text + (await call("jobs")).text).not.toMatch(/only-for-those-who-ask|stack/);
  expect(await call("job", { id: "mail:nobody" })).toEqual({ isError: true, text: "There is no job mail:nobody." });
  const refused = await call("replay", { ids: ["mail:editor"] }).catch(() => ({ isError: true }));
  expect(refused.isError).toBe(true);
  expect((await createQueue(filled.store).get("mail:editor"))?.state).toBe("dead");
});

test("an input that was not asked for is refused", async () => {
  await connect();
  const refused = await call("job", { id: "mail:editor", data: true }).catch(() => ({ isError: true, text: "" }));
  expect(refused.isError).toBe(true);
  expect(refused.text).not.toContain("only-for-those-who-ask");
});

test("with --allow it replays and cancels, and with --data it sees inputs", async () => {
  expect(await connect("--allow", "--data")).toEqual(expect.arrayContaining(["replay", "cancel", "pause", "resume"]));
  expect((await call("job", { id: "mail:editor" })).text).toContain("only-for-those-who-ask");
  expect(JSON.parse((await call("replay", { error: "503", dryRun: true })).text)).toMatchObject({
    matched: 1,
    done: 0,
  });
  expect(JSON.parse((await call("replay", { ids: ["mail:editor"] })).text)).toEqual([
    { id: "mail:editor", status: "done" },
  ]);
  expect((await createQueue(filled.store).get("mail:editor"))?.state).toBe("enqueued");
  expect(await call("replay")).toMatchObject({ isError: true, text: expect.stringContaining("Say which jobs") });
  expect((await call("cancel", { ids: ["mail:editor", "mail:nobody"] })).isError).toBe(true);
  expect((await createQueue(filled.store).get("mail:editor"))?.state).toBe("cancelled");
});
