import { newJob } from "@longshore/conformance/tools";
import { type GlideClient, ProtocolVersion } from "@valkey/valkey-glide";
import { afterAll, describe, expect, test } from "vitest";
import { redis } from "../src/index.ts";
import { glide } from "../src/senders/glide.ts";
import { isMissing, openGlide } from "./subject.ts";

const opened: GlideClient[] = [];
afterAll(() => opened.forEach((client) => client.close()));

const open = async (protocol?: ProtocolVersion): Promise<GlideClient> => {
  const client = await openGlide(undefined, protocol);
  opened.push(client);
  return client;
};

// What Valkey GLIDE does in its own way. The suite over it: test/matrix.
describe.skipIf(isMissing)("over Valkey GLIDE", () => {
  test("a script that the server has forgotten is sent again", async () => {
    const client = await open();
    const jobs = redis({ ...glide(client), prefix: "{glide-forgotten}:" });
    await jobs.enqueue([newJob("a")]);
    await client.customCommand(["SCRIPT", "FLUSH"]);
    expect(await jobs.enqueue([newJob("b")])).toEqual([{ status: "created" }]);
  });

  test("keys of a newer version are told from other errors", async () => {
    const client = await open();
    const jobs = redis({ ...glide(client), prefix: "{glide-newer}:" });
    await client.customCommand(["SET", "{glide-newer}:version", "5"]);
    await expect(jobs.enqueue([newJob("a")])).rejects.toMatchObject({ code: "invalid_option" });
  });

  test("a worker hears of jobs of other processes, and ends its connection", async () => {
    const listener = Promise.withResolvers<GlideClient>();
    const subscribing = async (): Promise<GlideClient> => {
      const client = await open();
      listener.resolve(client);
      return client;
    };
    const prefix = "{glide-heard}:";
    const [mine, theirs] = [await open(), await open()];
    const jobs = redis({ ...glide(mine, subscribing), prefix });
    const heard = Promise.withResolvers<void>();
    let rings = 0;
    // The first is that it is subscribed.
    const enqueue = () => redis({ ...glide(theirs), prefix }).enqueue([newJob("a")]);
    const forget = jobs.onWake(() => {
      if (++rings === 1) enqueue().catch(heard.reject);
      else heard.resolve();
    });
    await heard.promise;
    forget();
    await jobs.close();
    await expect((await listener.promise).customCommand(["PING"])).rejects.toThrow("closed");
    expect(await mine.customCommand(["PING"])).toBe("PONG");
  });

  test("with RESP2, which cannot listen, a worker is told that it polls", async () => {
    const told = Promise.withResolvers<string>();
    const log = {
      debug() {},
      info() {},
      warn: ({ message }: { message: string }) => told.resolve(message),
      error() {},
    };
    const jobs = redis({ ...glide(await open(), () => open(ProtocolVersion.RESP2)), log, prefix: "{glide-resp2}:" });
    const forget = jobs.onWake(() => {});
    expect(await told.promise).toBe("Redis could not be listened to; workers find new jobs when they poll");
    forget();
    await jobs.close();
  });
});
