import type { Traits } from "@longshore/core/adapter";
import { type Case, defineCase } from "../../case.ts";
import { expect, expectEqual } from "../../expect.ts";
import { METHODS, has } from "../../need.ts";
import type { AnyAdapter, Interfaces } from "../../subject.ts";
import { MINUTE, newJob, work } from "../../jobs.ts";

/** What an adapter says about itself. The rest of the suite relies on it. */
export const traitCases: readonly Case[] = [
  defineCase({
    name: "an adapter has a name and states every trait",
    needs: [],
    async run({ adapter }) {
      expect(/^[a-z][a-z0-9()+, -]{0,99}$/.test(adapter.name), `the name ${adapter.name} should be short and plain`);
      const types = Object.fromEntries(
        Object.keys(TRAITS).map((key) => [key, typeof Reflect.get(adapter.traits, key)]),
      );
      expectEqual(types, TRAITS, "the types of the traits");
      const { uniqueKeys = false } = adapter.traits;
      expectEqual(uniqueKeys, "release" in adapter, "the trait uniqueKeys of an adapter that has or lacks `release`");
      const unknown = Object.keys(adapter.traits).filter((key) => !(key in TRAITS) && !MAY_HAVE.includes(key));
      expectEqual(unknown, [], "traits that the contract does not know");
    },
  }),

  defineCase({
    name: "the name and the traits of an adapter never change",
    needs: [],
    async run({ adapter }) {
      const { name, traits } = adapter;
      const before = { name, ...traits };
      await adapter.enqueue([newJob("a")]);
      expectEqual({ name: adapter.name, ...adapter.traits }, before, "name and traits after an enqueue");
    },
  }),

  defineCase({
    name: "traits that are numbers are valid ones",
    needs: [],
    async run({ adapter }) {
      const { maxDelayMs, delayStepMs, maxRunMs, maxPayloadBytes, leaseMs } = adapter.traits;
      expect(maxDelayMs >= 0, `maxDelayMs should not be ${maxDelayMs}`);
      expect(Number.isSafeInteger(delayStepMs) && delayStepMs >= 1, `delayStepMs should not be ${delayStepMs}`);
      expect(maxRunMs > 0, `maxRunMs should not be ${maxRunMs}`);
      expect(maxPayloadBytes >= 1_000, `maxPayloadBytes should not be ${maxPayloadBytes}`);
      expect(Number.isSafeInteger(leaseMs) && leaseMs >= 1_000, `leaseMs should not be ${leaseMs}`);
    },
  }),

  defineCase({
    name: "an adapter has all methods of an interface or none",
    needs: [],
    async run({ adapter }) {
      for (const [name, methods] of Object.entries(METHODS)) {
        const present = methods.filter((method) => typeof Reflect.get(adapter, method) === "function");
        const whole = present.length === 0 || present.length === methods.length;
        expect(whole, `${name} is ${methods.join(", ")}; of these the adapter has only ${present.join(", ")}`);
      }
    },
  }),

  defineCase({
    name: "an adapter with Inspect has unique ids, and one with Renew is fenced",
    needs: [],
    async run({ adapter }) {
      const traits: Traits = adapter.traits;
      // The proxy that the cases see has every method of the adapter under test.
      const having = (name: keyof Interfaces): boolean => has(adapter as AnyAdapter, name);
      expect(!having("Inspect") || traits.unique, "a store should be unique");
      expect(!having("Renew") || traits.fenced, "renewals compare tokens, so the adapter should be fenced");
      expect(!having("Control") || having("Inspect"), "who operates on jobs should see them");
      expect(!having("Schedules") || having("Pull"), "who keeps a schedule should be able to run its jobs");
    },
  }),

  defineCase({
    name: "delays round up to the adapter's step, and never down",
    needs: ["work"],
    async run(harness) {
      const { delayStepMs } = harness.adapter.traits;
      await harness.adapter.enqueue([newJob("a", { due: { inMs: MINUTE + 1 } })]);
      await harness.pass(MINUTE);
      expectEqual((await work(harness)).length, 0, "how many ran a moment too early");
      await harness.pass(delayStepMs);
      expectEqual((await work(harness)).length, 1, "how many ran a step later");
    },
  }),

  defineCase({
    name: "an adapter accepts a delay of the length that its traits state",
    fault: "F15",
    needs: ["work", "delayLimit"],
    async run(harness) {
      const { maxDelayMs } = harness.adapter.traits;
      const [answer] = await harness.adapter.enqueue([newJob("a", { due: { inMs: maxDelayMs } })]);
      expect(answer?.status === "created" || answer?.status === "sent", `the answer was ${answer?.status}`);
      await harness.pass(maxDelayMs - 1);
      expectEqual((await work(harness)).length, 0, "how many ran before");
      await harness.pass(1);
      expectEqual((await work(harness)).length, 1, "how many ran when it was over");
    },
  }),

  defineCase({
    name: "an adapter accepts a payload of the size that its traits state",
    fault: "F112",
    needs: ["work", "payloadLimit"],
    async run(harness) {
      // A test should not push larger ones.
      const bytes = Math.min(harness.adapter.traits.maxPayloadBytes, 4_000_000);
      const payload = JSON.stringify("x".repeat(bytes - 2));
      const [answer] = await harness.adapter.enqueue([newJob("a", { payload })]);
      expect(answer?.status === "created" || answer?.status === "sent", `the answer was ${answer?.status}`);
      const [job] = await work(harness);
      expect(job?.payload === payload, `the payload came back with ${job?.payload.length} characters`);
    },
  }),

  defineCase({
    name: "an adapter accepts a payload of the size that its traits state in characters of several bytes",
    fault: "F112",
    needs: ["work", "payloadLimit"],
    async run(harness) {
      const bytes = Math.min(harness.adapter.traits.maxPayloadBytes, 4_000_000);
      const payload = JSON.stringify("€".repeat(Math.floor((bytes - 2) / 3)));
      await harness.adapter.enqueue([newJob("a", { payload })]);
      const [job] = await work(harness);
      expect(job?.payload === payload, `the payload came back with ${job?.payload.length} characters`);
    },
  }),
];

/** Traits that say that there is something: absent, there is not. */
const MAY_HAVE = ["uniqueKeys", "limits", "dependencies", "expiry", "throttle", "depth", "order", "ageing"];

/** Those that every adapter has. */
const TRAITS: { readonly [K in keyof Traits]: string } = {
  durable: "boolean",
  unique: "boolean",
  ordered: "boolean",
  fenced: "boolean",
  maxDelayMs: "number",
  delayStepMs: "number",
  maxRunMs: "number",
  maxPayloadBytes: "number",
  leaseMs: "number",
};
