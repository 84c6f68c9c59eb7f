export { callServiceWorker } from "./call-service-worker.ts";
export type { Drained, Hosted } from "./hosted.ts";
export { type PageOptions, startInPage } from "./page.ts";
export { pagePlatform } from "./page-platform.ts";
export { type ServiceWorkerOptions, startInServiceWorker } from "./service-worker.ts";
