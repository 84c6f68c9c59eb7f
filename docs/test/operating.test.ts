import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { root } from "../examples.ts";

/** A step of the guide: a command and what it answers, or an alert that comes. */
type Step = { readonly command: string | undefined; readonly answer: string | undefined };

const BLOCK = /^```(sh setup|sh run|json alert)\n(.*?)^```\n(?:\s*^```json\n(.*?)^```\n)?/gms;
const blocks = [...readFileSync(`${root}docs/operating.md`, "utf8").matchAll(BLOCK)];
const setup = blocks.filter(([, kind]) => kind === "sh setup").map(([, , code = ""]) => code);
const steps = blocks.flatMap(([, kind, code = "", answer]): Step[] => {
  if (kind === "sh setup") return [];
  return [kind === "sh run" ? { command: code.trim(), answer } : { command: undefined, answer: code }];
});

/** What the drill says to export, and then the alerts. */
const told: object[] = [];
let drill: ChildProcess;

/** As much of what came as the guide shows; its `…` is anything, and in a list whatever else is there. */
function shaped(shown: unknown, came: unknown): unknown {
  if (shown === "…" && came !== undefined) return shown;
  if (Array.isArray(shown) && Array.isArray(came)) {
    if (shown.at(-1) !== "…") return came.map((one, i) => shaped(shown[i], one));
    const found = (part: unknown): unknown =>
      came.map((one) => shaped(part, one)).find((one) => isDeepStrictEqual(one, part));
    return [...shown.slice(0, -1).map(found), "…"];
  }
  if (!isRecord(shown) || !isRecord(came)) return came;
  return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, shaped(value, came[key])]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function run(command: string): string {
  const script = [...setup, command].join("\n");
  return execFileSync("sh", ["-c", script], { encoding: "utf8", env: { ...process.env, ...told[0] } });
}

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

// The guide's commands are curl's.
describe.skipIf(!hasCurl)(`the guide through a bad night${hasCurl ? "" : " (skipped: there is no curl)"}`, () => {
  beforeAll(async () => {
    drill = spawn(`${root}node_modules/.bin/node`, ["apps/edge/demo/drill.ts", "--json"], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (drill.stdout) createInterface({ input: drill.stdout }).on("line", (line) => told.push(JSON.parse(line)));
    await vi.waitUntil(() => told.length > 0, { timeout: 280_000 });
  });

  afterAll(() => void drill.kill());

  test("has an alert, the look at the dead letters, the fix, the replay and the all-clear", () => {
    expect(steps.length).toBeGreaterThan(8);
  });

  for (const { command, answer } of steps) {
    const name = command ?? `the alert ${/alert\.\w+/.exec(answer ?? "")?.[0]}`;
    test(name, async () => {
      const shown: unknown = answer === undefined ? undefined : JSON.parse(answer);
      const step = (): unknown => {
        if (command === undefined) return told.at(-1);
        const printed = run(command);
        return shown === undefined ? undefined : JSON.parse(printed);
      };
      // An alert comes when it comes, and who only looks may look until it has happened.
      const timeout = command?.includes("-X POST") ? 0 : 280_000;
      await vi.waitFor(() => expect(shaped(shown, step())).toEqual(shown), { timeout, interval: 500 });
    });
  }
});
