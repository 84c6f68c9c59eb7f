import { callServiceWorker, startInPage } from "@longshore/indexeddb/hosts";
import { render } from "preact";
import { Page } from "./page.tsx";
import { changed } from "./changes.ts";
import { handOver, newUploader } from "./hand-over.ts";

// Every tab works; what needs a network waits for one, and costs no attempt.
const resizer = new Worker(new URL("resizer.ts", import.meta.url), { type: "module" });
resizer.addEventListener("error", ({ message }) => console.error("photos are not resized in this tab", message));
startInPage(newUploader(), { needsNetwork: true, serviceWorker: true });
const outbox = handOver(changed);
startInPage(outbox, { needsNetwork: true });

// Vite's development server has no service worker to give.
if (import.meta.env.PROD) {
  void navigator.serviceWorker?.register("/sw.js", { type: "module", scope: "/" }).then(callServiceWorker);
}
// Asks the browser not to clear what waits here; it may say no.
void navigator.storage?.persist?.();

const root = document.querySelector("#app");
if (root) render(<Page outbox={outbox} />, root);
