import { startInServiceWorker } from "@longshore/indexeddb/hosts";
import { newWorker } from "./worker.ts";

// Goes on where pages end: they call it when they are hidden or left.
startInServiceWorker([newWorker()], { needsNetwork: true });
