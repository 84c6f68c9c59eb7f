/** The part of a Durable Object's storage that a store needs. */
export type ObjectStorage = Pick<DurableObjectStorage, "sql" | "transactionSync">;
