export type { Subscribe } from "./notify.ts";
export { type Redis, type RedisOptions, redis } from "./redis.ts";
export type { Send } from "./script.ts";
export type { RedisTraits } from "./traits.ts";
