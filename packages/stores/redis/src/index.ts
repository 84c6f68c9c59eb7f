export type { Subscribe } from "./notify.ts";
export { type Redis, type RedisOptions, type RedisTraits, redis } from "./redis.ts";
export type { Send } from "./script.ts";
