import { type Figures, compare } from "../comparison.ts";
import { contestants } from "./contestants.ts";
import { startServer } from "./server.ts";

/** Compares the Postgres store with other queues, on one server and the same work. */
export async function postgresFigures(say: (text: string) => void): Promise<Figures> {
  const { connectionString, cpu, stop } = await startServer();
  try {
    return await compare({ name: "Postgres", place: () => connectionString, cpu }, contestants, say);
  } finally {
    stop();
  }
}
