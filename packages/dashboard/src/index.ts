export { type BasicUser, basicAuth } from "./basic-auth.ts";
export { type DashboardOptions, dashboard } from "./dashboard.ts";
export type { Authorize, Viewer } from "./viewer.ts";
