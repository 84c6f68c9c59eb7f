import { type Job, createQueue } from "@longshore/core";
import { callServiceWorker, pagePlatform, startInPage } from "@longshore/indexeddb/hosts";
import { sendNote } from "./jobs.ts";
import { newWorker, store } from "./worker.ts";

// Every tab works; what needs a network waits for one, and costs no attempt.
startInPage(newWorker(pagePlatform), { needsNetwork: true, serviceWorker: true });
// Vite's development server has no service worker to give.
if (import.meta.env.PROD) void navigator.serviceWorker?.register("/sw.js", { type: "module" }).then(callServiceWorker);
// Asks the browser not to clear what waits here; it may say no.
void navigator.storage?.persist?.();

const queue = createQueue(store);
const form = document.querySelector("form");
const rows = document.querySelector("tbody");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = String(new FormData(form).get("text"));
  void queue.enqueue(sendNote, { text }).then(show);
});

async function show(): Promise<void> {
  const { jobs } = await queue.list({ limit: 20 });
  rows?.replaceChildren(...jobs.map(rowOf));
}

function rowOf({ id, name, state, attempt, failures }: Job): HTMLElement {
  const row = document.createElement("tr");
  // As text, whatever stands in it.
  for (const text of [name, state, String(attempt), failures.at(-1)?.message ?? ""]) {
    row.insertCell().textContent = text;
  }
  if (state === "dead") {
    const button = document.createElement("button");
    button.textContent = "Replay";
    button.addEventListener("click", () => void queue.replay(id).then(show));
    row.insertCell().append(button);
  }
  return row;
}

setInterval(() => void show(), 1_000);
void show();
