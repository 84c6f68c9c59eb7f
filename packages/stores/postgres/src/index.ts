export type { PostgresClient, PostgresTransaction } from "./client.ts";
export { type ListenOptions, type ListeningClient, listenWith } from "./listener.ts";
export { migration } from "./migrations.ts";
export type { Listen } from "./notify.ts";
export type { PostgresOptions } from "./options.ts";
export { type Postgres, type PostgresWithin, postgres } from "./postgres.ts";
export type { PostgresTraits } from "./traits.ts";
