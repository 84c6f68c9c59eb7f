import { defineJob, exponential } from "@longshore/core";
import { z } from "zod";

/** An order as a shop sends it. Its id makes a repeated request harmless. */
export const orderSchema = z.object({
  id: z.string().regex(/^[\w-]{1,64}$/),
  buyer: z.string().min(1).max(200),
  items: z
    .array(z.object({ name: z.string().min(1).max(500), quantity: z.int().min(1).max(1_000) }))
    .min(1)
    .max(100),
});

export type Order = z.infer<typeof orderSchema>;

export type StoredOrder = Order & { readonly confirmed: boolean };

/** Tells the warehouse of an order. Its row and this job are written in one transaction, or neither is. */
export const confirmOrder = defineJob("confirm-order", {
  input: z.object({ order: z.string() }),
  id: ({ order }) => `order:${order}`,
  retry: exponential({ attempts: 10, first: "100ms", max: "5s" }),
  timeout: "10s",
});
