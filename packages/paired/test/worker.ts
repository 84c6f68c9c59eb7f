import { DurableObject } from "cloudflare:workers";

/** A stand-in: it shows that a Durable Object with SQLite runs in the tests. */
export class Counter extends DurableObject {
  count(): number {
    return this.ctx.storage.sql.exec<{ n: number }>("SELECT 1 + 1 AS n").one().n;
  }
}

export default {} satisfies ExportedHandler;
