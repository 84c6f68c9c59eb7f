export { type D1, type D1Options, type D1Traits, d1 } from "./d1.ts";
export type { D1Binding, LibsqlClient, Statement, Value } from "./port.ts";
export { migration } from "./tables.ts";
