import { startRedis } from "@longshore/servers/redis";
import { type Figures, compare } from "../comparison.ts";
import { contestants } from "./contestants.ts";

/** Compares the Redis store with other queues, on one server and the same work. */
export async function redisFigures(say: (text: string) => void): Promise<Figures> {
  const { url, cpu, stop } = await startRedis();
  try {
    return await compare({ name: "Redis", place: () => url, cpu }, contestants, say);
  } finally {
    await stop();
  }
}
