import { DurableObject } from "cloudflare:workers";
import { type Schema, createWorker, defineJob, handle } from "@longshore/core";
import { type Call, type Jobs, type Reply, createJobs, durableObjects, jobsRunner, prepareJobs } from "../src/index.ts";

const order: Schema<{ readonly order: string }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => {
      const { order: id } = value as { order?: unknown }; // looked at right here
      return typeof id === "string" ? { value: { order: id } } : { issues: [{ message: "an order is a text" }] };
    },
  },
};

export const confirm = defineJob("confirm", { input: order, id: ({ order: id }) => `confirm:${id}` });
/** The orders whose job ran. */
export const confirmed: string[] = [];

export const OrdersRunner = jobsRunner(({ ORDERS }: Cloudflare.Env) => ({
  // Each shop is an object of its own, so the runner asks the job which one it came from.
  run: async (jobs) => {
    const [first] = jobs;
    const name = first?.headers["m.shop"] ?? "";
    const handlers = [handle(confirm, ({ order: id }) => void confirmed.push(id))];
    await createWorker(durableObjects(ORDERS, { name }), { handlers }).run(jobs);
  },
  tick: async () => {},
}));

/** A shop's orders. A job for each is enqueued in the transaction that stores it, and one alarm serves both. */
export class Orders extends DurableObject<Cloudflare.Env> {
  readonly #jobs: Jobs;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS orders(id PRIMARY KEY)");
    const { OrdersRunner: runner } = ctx.exports as unknown as { OrdersRunner: never }; // exported above
    this.#jobs = createJobs(ctx, { runner, ownAlarmAt: () => this.#closesAt() });
  }

  async place(id: string, when = ""): Promise<string> {
    const options = { metadata: { shop: this.ctx.id.name ?? "" } };
    const delay = when === "only to be confirmed tomorrow" ? { delay: "1d" as const } : {};
    const jobs = await prepareJobs([confirm.with({ order: id }, { ...options, ...delay })]);
    const place = (): void =>
      this.ctx.storage.transactionSync(() => {
        this.ctx.storage.sql.exec("INSERT INTO orders VALUES(?)", id);
        this.#jobs.store.enqueue(jobs);
        if (when === "after the enqueue" || when === "and is placed again at once") throw new Error("no");
      });
    try {
      place();
    } catch {
      if (when === "after the enqueue") return "rolled back";
      when = "";
      place();
    }
    return "placed";
  }

  /** In a transaction that others might run in between, and that is over later than this turn. */
  async placeLater(id: string, how: "and commits" | "and rolls back"): Promise<string> {
    const jobs = await prepareJobs([confirm.with({ order: id }, { metadata: { shop: this.ctx.id.name ?? "" } })]);
    try {
      await this.ctx.storage.transaction(async () => {
        this.ctx.storage.sql.exec("INSERT INTO orders VALUES(?)", id);
        this.#jobs.store.enqueue(jobs);
        await Promise.resolve();
        await new Promise((later) => setTimeout(later, 1));
        if (how === "and rolls back") throw new Error("no");
      });
      return "placed";
    } catch (error) {
      return String(error);
    }
  }

  withdraw(id: string, doubt?: string): string {
    try {
      this.ctx.storage.transactionSync(() => {
        this.ctx.storage.sql.exec("DELETE FROM orders WHERE id=?", id);
        this.#jobs.store.cancel([{ id: `confirm:${id}` }]);
        if (doubt !== undefined) throw new Error(doubt);
      });
      return "withdrawn";
    } catch {
      return "rolled back";
    }
  }

  orders(): string[] {
    return this.ctx.storage.sql
      .exec<{ id: string }>("SELECT id FROM orders")
      .toArray()
      .map(({ id }) => id);
  }

  closeIn(ms: number): void {
    this.ctx.storage.kv.put("closesAt", Date.now() + ms);
    this.#jobs.checkSoon();
  }

  isClosed(): boolean {
    return this.ctx.storage.kv.get("closed") === true;
  }

  #closesAt(): number | undefined {
    return this.ctx.storage.kv.get("closesAt");
  }

  override alarm(): void {
    if ((this.#closesAt() ?? Infinity) <= Date.now()) {
      this.ctx.storage.kv.delete("closesAt");
      this.ctx.storage.kv.put("closed", true);
    }
    this.#jobs.alarm();
  }

  /** So that the client adapter reaches the jobs. */
  jobs(call: Call): Promise<Reply> {
    return this.#jobs.jobs(call);
  }
}
