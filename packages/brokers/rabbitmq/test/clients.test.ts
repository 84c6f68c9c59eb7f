import { codeOf, createQueue, defineJob } from "@longshore/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { type Connect, overAmqpClient, overAmqplib, rabbitmq } from "../src/index.ts";

const task = defineJob("task", { input: z.object({}) });

// As callers without types pass them.
test.each([
  ["overAmqpClient", overAmqpClient],
  ["overAmqplib", overAmqplib],
] as const)("%s refuses what is no function, where it is handed over", (name, over) => {
  for (const wrong of [undefined, "amqp://localhost", { connect() {} }]) {
    expect(() => over(wrong as never)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(name) }),
    );
  }
});

test("a client's own connection is refused in words that help", async () => {
  const connect = (async () => ({ createChannel() {}, close() {} })) as unknown as Connect;
  const error: unknown = await createQueue(rabbitmq({ connect }))
    .enqueue(task, {})
    .catch((thrown: unknown) => thrown);
  expect(codeOf(error)).toBe("enqueue_failed");
  expect(String(error)).toContain("must be an object with declare, publish, consume, close");
  expect(String(error)).toContain("overAmqplib");
});
