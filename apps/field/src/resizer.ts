import { createWorker } from "@longshore/core";
import { startInPage } from "@longshore/indexeddb/hosts";
import { local } from "./local.ts";
import { resizeHandler } from "./photos.ts";

// A dedicated worker: photos are resized beside the page, and need no network.
startInPage(createWorker(local, { handlers: [resizeHandler], queues: { resizing: 2 } }));
