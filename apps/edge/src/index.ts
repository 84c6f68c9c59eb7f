export { Records } from "./records.ts";
export default { fetch: () => new Response("not yet") };
