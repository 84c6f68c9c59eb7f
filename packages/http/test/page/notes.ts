import { createQueue, defineJob } from "@longshore/core";
import { indexedDB } from "@longshore/indexeddb";
import { z } from "zod";
import { http } from "../../src/index.ts";
import { outbox } from "../../src/outbox/index.ts";

// A page that keeps notes while it has no network. The test puts the address of its server, and a token, before this script.
declare const server: { readonly url: string; readonly token: string };

const note = defineJob("note", { input: z.object({ n: z.number() }), queue: "notes" });
const secret = defineJob("secret", { input: z.object({}), queue: "notes" });

const local = indexedDB("notes");
const queue = createQueue(local);
const headers = { authorization: `Bearer ${server.token}` };
const manifest = { name: "memory", traits: local.traits, interfaces: [] } as const;
const remote = http({ url: server.url, manifest, headers, deadline: "3s" });
const box = outbox(local, remote, { queues: ["notes"], lease: "6s" });
box.start();
addEventListener("online", () => void box.forward());

const actions = {
  add: async (ids: readonly string[]) => {
    await queue.enqueueMany(ids.map((id, n) => note.with({ n }, { id })));
  },
  addSecret: () => queue.enqueue(secret, {}, { id: "secret" }),
  progress: () => box.progress(),
  async reasons(id: string) {
    const row = await queue.get(id);
    return [row?.state, row?.failures[0]?.message ?? row?.result];
  },
  /** What this page can read of an answer. */
  async ask(url: string) {
    const answer = await fetch(`${url}/workers`, {
      method: "POST",
      body: "[]",
      headers: { ...headers, "content-type": "application/json" },
    });
    return [answer.status, answer.headers.get("retry-after")];
  },
};

Object.assign(globalThis, { actions });
