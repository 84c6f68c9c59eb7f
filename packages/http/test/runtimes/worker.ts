import { JobsObject, durableObjects } from "@longshore/durable-objects";
import { Hono } from "hono";
import { statistics } from "@longshore/core/stats";
import { serve } from "../../src/index.ts";
import { everything } from "../everything.ts";

/** The clock of the test, which comes with every request: the objects live in this isolate. */
const time = { now: 0 };

type State = ConstructorParameters<typeof JobsObject>[0];
export class Keeper extends JobsObject {
  constructor(ctx: State, env: never) {
    super(ctx, env, { clock: () => time.now, runner: false, stats: statistics() });
  }
}

const app = new Hono<{ Bindings: { readonly KEEPER: Parameters<typeof durableObjects>[0] } }>();
app.all("/:name/*", ({ req, env }) => {
  time.now = Number(req.header("test-now"));
  const store = durableObjects(env.KEEPER, { name: req.param("name"), stats: true });
  return serve(store, { authorize: () => everything })(req.raw);
});

export default app;
