import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { bundle, CHROMIUM, QUIET, newProfile, serveSite } from "./chromium.ts";

/*
 * A browser with a window, driven over its own protocol: Playwright makes every page believe that it is seen, and a page
 * that is seen is never frozen.
 */

export type WindowTab = {
  /** Calls a function that the page's script put at `globalThis`. */
  call<T>(name: string, ...input: unknown[]): Promise<T>;
  evaluate<T>(expression: string): Promise<T>;
  /** Goes to another page of the site. */
  visit(path: string): Promise<void>;
  /** Back to the page before, as it was left: the browser has kept it. */
  back(): Promise<void>;
  toFront(): Promise<unknown>;
  /** Resolves once the page is hidden. */
  hidden(): Promise<unknown>;
  setState(state: "frozen" | "active"): Promise<unknown>;
};

export type BrowserWindow = { tab(): Promise<WindowTab>; close(): Promise<void> };

/** `page`: the script of its tabs, beside this file. */
export async function openWindow(
  display: string,
  page = "page/tab.ts",
  more: readonly string[] = [],
): Promise<BrowserWindow> {
  const server = await serveSite(await bundle(new URL(page, import.meta.url)));
  const profile = newProfile();
  const flags = [...QUIET, ...more, `--user-data-dir=${profile.folder}`, "--remote-debugging-port=0", "about:blank"];
  const browser = spawn(CHROMIUM, flags, {
    env: { ...process.env, DISPLAY: display },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const { send, event } = await connect(await addressOf(browser.stderr));
  return {
    async tab() {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const evaluate = async <T>(expression: string): Promise<T> => {
        const options = { expression, awaitPromise: true, returnByValue: true };
        const { result, exceptionDetails } = await send("Runtime.evaluate", options, sessionId);
        if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
        return (result as { value: T }).value; // what the expression is of
      };
      const visit = async (path: string): Promise<void> => {
        const loaded = event("Page.loadEventFired", sessionId);
        await send("Page.navigate", { url: `${server.url}${path}` }, sessionId);
        await loaded;
      };
      await send("Page.enable", {}, sessionId);
      await visit("");
      return {
        evaluate,
        call: (name, ...input) => evaluate(`${name}(...${JSON.stringify(input)})`),
        hidden: () => evaluate(HIDDEN),
        visit,
        async back() {
          const shown = event("Page.frameNavigated", sessionId);
          // Later: an answer would come from the page that goes.
          await evaluate("void setTimeout(() => history.back())");
          await shown;
        },
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

const HIDDEN = `new Promise((resolve) => {
  const look = () => document.visibilityState === "hidden" && resolve();
  document.addEventListener("visibilitychange", look);
  look();
})`;

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
type Protocol = {
  send(method: string, params: object, sessionId?: unknown): Promise<Answer>;
  /** Resolves at the next event of this name. */
  event(method: string, sessionId: unknown): Promise<void>;
};

async function connect(address: string): Promise<Protocol> {
  const socket = new WebSocket(address);
  await once(socket, "open");
  const waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  const events = new EventTarget();
  let sent = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error, method, sessionId } = JSON.parse(String(data));
    if (method !== undefined) events.dispatchEvent(new Event(`${method} of ${sessionId}`));
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(JSON.stringify(error)));
    waiting.delete(id);
  });
  return {
    send: (method, params, sessionId) =>
      new Promise((resolve, reject) => {
        waiting.set(++sent, { resolve, reject });
        socket.send(JSON.stringify({ id: sent, method, params, sessionId }));
      }),
    event: (method, sessionId) =>
      new Promise((resolve) =>
        events.addEventListener(`${method} of ${String(sessionId)}`, () => resolve(), { once: true }),
      ),
  };
}
