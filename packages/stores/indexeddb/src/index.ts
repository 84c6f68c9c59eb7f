export { type IndexedDB, type IndexedDBOptions, type IndexedDBTraits, indexedDB } from "./indexeddb.ts";
