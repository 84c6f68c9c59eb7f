export type { Fetch, HeadersSource } from "./client/call.ts";
export { type HttpOptions, type ServerOptions, http, readManifest } from "./client/http.ts";
export { manifestOf } from "./manifest.ts";
export { type BearerToken, bearerTokens } from "./server/bearer.ts";
export { type Authorize, type Grant, operatorVerbs, viewerVerbs, workerVerbs } from "./server/grants.ts";
export { type RateLimitOptions, rateLimit } from "./server/rate-limit.ts";
export { type ServeOptions, serve } from "./server/serve.ts";
export type { InterfaceName, Manifest, Remote, Verb } from "./wire.ts";
