import { statistics } from "@longshore/core/stats";
import { memory } from "@longshore/memory";
import { describe, test } from "vitest";
import { conformance, twice } from "../src/index.ts";
import type { Make } from "../src/subject.ts";

const make: Make = ({ clock }) => ({ adapter: memory({ clock: clock.now, stats: statistics() }) });
const subjects = {
  "the memory store": make,
  "the memory store, without statistics": ({ clock }: Parameters<Make>[0]) => ({
    adapter: memory({ clock: clock.now }),
  }),
  "the memory store, behind a line that sends every call twice": twice(make),
};

for (const [subject, subjectMake] of Object.entries(subjects)) {
  const checks = await conformance(subjectMake);
  describe(subject, () => {
    for (const { name, skip, run } of checks) {
      test(name, (context) => (skip === undefined ? run() : context.skip(skip)));
    }
  });
}
