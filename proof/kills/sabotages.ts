import { durableObjectSabotages } from "./durable-objects/sabotages.ts";
import { postgresSabotages } from "./postgres/sabotages.ts";
import { rabbitmqSabotages } from "./rabbitmq/sabotages.ts";
import { redisSabotages } from "./redis/sabotages.ts";
import type { Sabotage } from "./sabotage.ts";
import { sqliteSabotages } from "./sqlite/sabotages.ts";

/** The stores of the kill loop, and a broker; the first is the default. */
export const STORES = ["durable-objects", "postgres", "rabbitmq", "redis", "sqlite"] as const;
export type StoreName = (typeof STORES)[number];

/** By store and name. Each shows that the kill loop finds what is broken. */
export const sabotages: Readonly<Record<StoreName, Readonly<Record<string, Sabotage>>>> = {
  "durable-objects": durableObjectSabotages,
  postgres: postgresSabotages,
  rabbitmq: rabbitmqSabotages,
  redis: redisSabotages,
  sqlite: sqliteSabotages,
};
