import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import parsePrometheus from "parse-prometheus-text-format";
import { expect, test } from "vitest";

import { type Metrics, metrics, prometheus } from "../src/index.ts";
import { crane, setting } from "./setting.ts";

type Parsed = { readonly name: string; readonly type: string; readonly metrics: readonly Record<string, unknown>[] };
const parsed = (text: string): Parsed[] => parsePrometheus(text) as Parsed[]; // it has no types

async function busy(): Promise<Metrics> {
  const { adapter, put, work, pass } = setting();
  await put(3, { ms: 250, end: "well" });
  await put(1, { ms: 0, end: "dead" });
  await work();
  await put(2, { ms: 0, end: "well" }, crane);
  pass(10_000);
  return metrics(adapter);
}

test("a parser reads depths by queue and state, and ages, in seconds", async () => {
  const families = parsed(prometheus(await busy()));
  const named = (name: string) => families.find((family) => family.name === `longshore_${name}`);
  expect(named("queue_depth")?.metrics).toContainEqual({ labels: { queue: "quay", state: "completed" }, value: "3" });
  expect(named("queue_depth")?.metrics).toContainEqual({ labels: { queue: "quay", state: "dead" }, value: "1" });
  expect(named("queue_depth")?.metrics).toContainEqual({ labels: { queue: "yard", state: "enqueued" }, value: "2" });
  expect(named("queue_oldest_waiting_seconds")).toMatchObject({
    type: "GAUGE",
    metrics: [
      { labels: { queue: "quay" }, value: "0" },
      { labels: { queue: "yard" }, value: "10" },
    ],
  });
  expect(named("queue_window_events")?.metrics).toContainEqual({
    labels: { queue: "quay", event: "completed" },
    value: "3",
  });
});

test("a parser reads the times of a job name as summaries, in seconds within 2 %", async () => {
  const families = parsed(prometheus(await busy()));
  const summary = families.find(({ name }) => name === "longshore_job_processing_seconds");
  expect(summary?.type).toBe("SUMMARY");
  // This parser shows a summary's quantiles without its other labels.
  const [load] = (summary?.metrics ?? []) as { quantiles: Record<string, string> }[];
  expect(Object.keys(load?.quantiles ?? {}).toSorted()).toEqual(["0.5", "0.95", "0.99"]);
  expect(Math.abs(Number(load?.quantiles["0.99"]) - 0.25)).toBeLessThan(0.005);
});

test("each family has one HELP and one TYPE, before its samples, and every line ends", async () => {
  const text = prometheus(await busy());
  expect(text.endsWith("\n")).toBe(true);
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect([...text.matchAll(/^# HELP (\S+) /gm)].map(([, name]) => name)).toEqual(names);
  let family = "";
  for (const line of text.trimEnd().split("\n")) {
    family = /^# TYPE (\S+) /.exec(line)?.[1] ?? family;
    expect(line.startsWith("#") || line.startsWith(`${family}{`) || line.startsWith(`${family} `)).toBe(true);
  }
});

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("\\", '"', "\n", "}", "{", ",", "=", " ", "#", "n", "1") }),
  fc.constant('x"} 1\nlongshore_queue_depth{queue="forged'),
);

test("no queue's name breaks out of its label, whatever it is", async () => {
  const plain = await busy();
  const names = parsed(prometheus(plain)).map(({ name }) => name);
  const lines = prometheus(plain).split("\n").length;
  fc.assert(
    fc.property(hostile, hostile, (queue, name) => {
      const text = prometheus({
        ...plain,
        queues: plain.queues.map((metrics, i) => (i === 0 ? { ...metrics, queue } : metrics)),
        names: plain.names.map((metrics) => ({ ...metrics, name })),
      });
      expect(text.split("\n").length).toBe(lines);
      const families = parsed(text);
      expect(families.map(({ name }) => name)).toEqual(names);
      const paused = families.find((family) => family.name === "longshore_queue_paused");
      expect(paused?.metrics[0]).toEqual({ labels: { queue }, value: "0" });
      const attempts = families.find((family) => family.name === "longshore_job_window_attempts");
      expect(attempts?.metrics[0]).toMatchObject({ labels: { job_name: name } });
    }),
  );
});

// The parser above tells what a text says, and takes whatever comes. What Prometheus would refuse, its own tool knows.
const promtool = (input: string) => spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });

test("Prometheus' own tool has nothing to say about the text, whatever the names are, and of nothing", async (context) => {
  if (promtool("").error) context.skip("there is no promtool: unpack Debian's prometheus");
  expect(promtool('# HELP a It is.\n# TYPE a gauge\na{b="\\q"} 1\n').status).toBe(1);
  const plain = await busy();
  const names = new Set(fc.sample(hostile, 300));
  const under = <T>(each: readonly T[], named: (one: T, name: string) => T): T[] =>
    each.slice(0, 1).flatMap((one) => [...names].map((name) => named(one, name)));
  const called: Metrics = {
    ...plain,
    queues: under(plain.queues, (metrics, queue) => ({ ...metrics, queue })),
    names: under(plain.names, (metrics, name) => ({ ...metrics, name })),
  };
  for (const seen of [plain, called, { ...plain, queues: [], names: [] }]) {
    expect(promtool(prometheus(seen))).toMatchObject({ status: 0, stdout: "", stderr: "" });
  }
});
