import { type ErrorCode, LongshoreError } from "@longshore/core";
import { describe, expect, test, vi } from "vitest";
import { onCloudflare } from "./options/cloudflare.ts";
import { core } from "./options/core.ts";
import { ODD, type Odd } from "./options/factory.ts";
import { observing } from "./options/observing.ts";
import { overRabbitMQ } from "./options/rabbitmq.ts";
import { remote } from "./options/remote.ts";
import { overSqs } from "./options/sqs.ts";
import { stores } from "./options/stores.ts";
import { testing } from "./options/testing.ts";

// Only the runtime has it.
vi.mock("cloudflare:workers", () => ({ DurableObject: Object, WorkerEntrypoint: Object }));

/** What a call is refused with. Any error but ours is thrown on. */
async function refusal(call: () => unknown): Promise<LongshoreError | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof LongshoreError) return error;
    throw error;
  }
}

const all = [...core, ...stores, ...onCloudflare, ...observing, ...overRabbitMQ, ...overSqs, ...remote, ...testing];

describe.each(all)("$what", ({ make, options, code, needs }) => {
  const made = (given: object) => refusal(() => make({ ...needs, ...given } as never));
  const names = Object.keys(options);

  test.each(Object.entries(options))("takes every %s that is right, and no other", async (name, option) => {
    const { good, takes = [], bad = [], code: own = "invalid_option" } = option;
    const left = name in needs ? [] : [undefined];
    for (const value of [...left, ...good, ...takes.map((odd) => ODD[odd])]) {
      expect([value, (await made({ [name]: value }))?.message]).toEqual([value, undefined]);
    }
    const odd = (Object.keys(ODD) as Odd[]).filter((key) => !takes.includes(key)).map((key) => ODD[key]);
    for (const value of odd) {
      const refused = await made({ [name]: value });
      expect([value, refused?.code, refused?.message]).toEqual([value, own, expect.stringContaining(name)]);
      expect(refused?.message).not.toMatch(/[/][$^]|[$][/]/); // in words, not by a pattern
    }
    // What is wrong may be within it: an entry, a member.
    for (const value of bad)
      expect([value, (await made({ [name]: value }))?.code]).toEqual([value, expect.any(String)]);
  });

  test("names the nearest option where one is misspelt", async () => {
    for (const name of names) {
      const refused = await made({ [`${name}x`]: 5 });
      const message = expect.stringMatching(`The option ${name}x of .* is unknown; did you mean ${name}[ ?]`);
      expect([refused?.code, refused?.message]).toEqual([code, message]);
    }
  });

  test("takes no option that every object inherits, and no other word for options", async () => {
    const own = JSON.parse('{"__proto__":1}') as object;
    for (const given of [{ constructor: 5 }, { toString: 5 }, { quite_another_word: 5 }]) {
      expect([given, (await made(given))?.code]).toEqual([given, code]);
    }
    expect((await refusal(() => make(own as never)))?.code).toBe<ErrorCode>(code);
    for (const given of [null, 5, "text", true, [], () => {}]) {
      expect([given, (await refusal(() => make(given as never)))?.code]).toEqual([given, expect.any(String)]);
    }
  });

  test("has no option that ends in Ms", () => {
    expect(names.filter((name) => name.endsWith("Ms"))).toEqual([]);
  });
});
