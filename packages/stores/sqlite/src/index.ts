export type { SqliteHandle } from "./handle.ts";
export { type Sqlite, type SqliteOptions, type SqliteTraits, sqlite } from "./sqlite.ts";
