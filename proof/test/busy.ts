import { FAULT_KINDS, type Plan } from "@longshore/simulator";

/** A history in which every rule fires, some of them in both evaluators at once. */
export const busy: Plan = {
  seed: 3,
  producers: 2,
  workers: 1,
  schedulers: 0,
  operators: 0,
  extras: 2,
  jobs: 12,
  chaosMs: 30_000,
  skewMs: 0,
  schedules: [{ name: "latest", periodMs: 10_000, missed: "latest" }],
  rates: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Plan["rates"], // all of them
};
