import { expect, test } from "vitest";
import { z } from "zod";
import { type Definition, defineJob } from "../src/index.ts";

const input = z.object({});
const refused = { code: "invalid_option" };

test("a definition cannot follow itself, nor through the jobs that follow it", () => {
  const first = defineJob("first", { input });
  const second = defineJob("second", { input, onDead: { job: first, input: () => ({}) } });
  const again = () => defineJob("first", { input, onDead: { job: second, input: () => ({}) } });
  expect(again).toThrow(expect.objectContaining({ ...refused, message: expect.stringContaining('got "first"') }));
  const self = () => defineJob("first", { input, onDead: { job: first, input: () => ({}) } });
  expect(self).toThrow(expect.objectContaining(refused));
});

test("an onDead without a definition, or without the function of its input, is refused", () => {
  const job = defineJob("first", { input });
  const make = (onDead: unknown) => () =>
    defineJob("other", {
      input,
      onDead: onDead as { job: Definition<typeof input>; input: () => Record<string, never> },
    }); // untyped callers
  for (const wrong of [job, null, [], { job }, { input: () => ({}) }, { job: "first", input: () => ({}) }])
    expect(make(wrong)).toThrow(expect.objectContaining(refused));
  expect(make({ job, input: () => ({}), delay: "1m" })).toThrow(expect.objectContaining(refused));
});
