import { openDurableObjects } from "./durable-objects/subject.ts";
import { openPostgres } from "./postgres/subject.ts";
import { openRedis } from "./redis/subject.ts";
import type { StoreName } from "./sabotages.ts";
import { openSqlite } from "./sqlite/subject.ts";
import type { OpenSubject } from "./subject.ts";

/** What can be killed, by the name of the store. */
export const subjects: Readonly<Record<Exclude<StoreName, "rabbitmq">, OpenSubject>> = {
  "durable-objects": openDurableObjects,
  postgres: openPostgres,
  redis: openRedis,
  sqlite: openSqlite,
};
