import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { bundle, CHROMIUM, QUIET, newProfile, serveSite } from "./chromium.ts";

/*
 * A browser with a window, driven over its own protocol: Playwright makes every page believe that it is seen, and a page
 * that is seen is never frozen.
 */

export type WindowTab = {
  /** Calls a function of `page/tab.ts`. */
  call<T>(name: string, ...input: unknown[]): Promise<T>;
  evaluate<T>(expression: string): Promise<T>;
  toFront(): Promise<unknown>;
  setState(state: "frozen" | "active"): Promise<unknown>;
};

export type BrowserWindow = { tab(): Promise<WindowTab>; close(): Promise<void> };

export async function openWindow(display: string): Promise<BrowserWindow> {
  const server = await serveSite(await bundle(new URL("page/tab.ts", import.meta.url)));
  const profile = newProfile();
  const flags = [...QUIET, `--user-data-dir=${profile.folder}`, "--remote-debugging-port=0", "about:blank"];
  const browser = spawn(CHROMIUM, flags, {
    env: { ...process.env, DISPLAY: display },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const send = await connect(await addressOf(browser.stderr));
  return {
    async tab() {
      const { targetId } = await send("Target.createTarget", { url: server.url });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const evaluate = async <T>(expression: string): Promise<T> => {
        const options = { expression, awaitPromise: true, returnByValue: true };
        const { result, exceptionDetails } = await send("Runtime.evaluate", options, sessionId);
        if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
        return (result as { value: T }).value; // what the expression is of
      };
      await evaluate(
        `new Promise((resolve) => document.readyState === "complete" ? resolve() : addEventListener("load", resolve))`,
      );
      return {
        evaluate,
        call: (name, ...input) => evaluate(`${name}(...${JSON.stringify(input)})`),
        toFront: () => send("Target.activateTarget", { targetId }),
        setState: (state) => send("Page.setWebLifecycleState", { state }, sessionId),
      };
    },
    async close() {
      const ended = once(browser, "exit");
      void send("Browser.close", {}); // it may end before it answers
      await ended;
      server.close();
      profile.remove();
    },
  };
}

/** Where the browser says that it listens. */
async function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) {
    const [, address] = /^DevTools listening on (.*)$/.exec(line) ?? [];
    if (address !== undefined) {
      output.resume(); // a full pipe would stop it
      return address;
    }
  }
  throw new Error("the browser ended before it listened");
}

type Answer = Readonly<Record<string, unknown>>;
type Send = (method: string, params: object, sessionId?: unknown) => Promise<Answer>;

async function connect(address: string): Promise<Send> {
  const socket = new WebSocket(address);
  await once(socket, "open");
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  let sent = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(String(data));
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(JSON.stringify(error)));
    waiting.delete(id);
  });
  return (method, params, sessionId) =>
    new Promise((resolve, reject) => {
      waiting.set(++sent, { resolve, reject });
      socket.send(JSON.stringify({ id: sent, method, params, sessionId }));
    });
}
