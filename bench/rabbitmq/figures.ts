import { startRabbitMQ } from "@longshore/servers/rabbitmq";
import { type Figures, compare } from "../comparison.ts";
import { contestants } from "./contestants.ts";

/** Compares the RabbitMQ broker with a client alone, on one server and the same work. */
export async function rabbitmqFigures(say: (text: string) => void): Promise<Figures> {
  const { url, cpu, stop } = await startRabbitMQ();
  try {
    return await compare({ name: "RabbitMQ", place: () => url, cpu }, contestants, say);
  } finally {
    await stop();
  }
}
