import { spawnSync } from "node:child_process";
import process from "node:process";
import { createQueue, createWorker, handle } from "@longshore/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BIN, command, longshore } from "./bin.ts";
import { fill, mail } from "./jobs.ts";
import { type Filled, sqliteFile } from "./stores.ts";

let filled: Filled;
beforeAll(async () => {
  filled = await sqliteFile();
  await fill(filled.store);
});
afterAll(() => filled.close());

type Line = { readonly job_id: string; readonly state: string; readonly attempt: number };

test("tail tells what there is, and then what another process changes, until it is interrupted", async () => {
  const linesOf = (out: string): Line[] =>
    out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  let changed: Promise<void> | undefined;
  const change = async (): Promise<void> => {
    await createQueue(filled.store).runNow("mail:later");
    const worker = createWorker(filled.store, { handlers: [handle(mail, () => ({ sent: true }))] });
    await worker.drain();
  };
  const { code, out } = await longshore(["tail", "--every", "100", ...filled.args], {
    watch(child, soFar) {
      if (soFar.split("\n").length <= 4) return;
      changed ??= change();
      if (soFar.includes('"job_id":"mail:later","job_name":"send-mail","queue":"mail","state":"completed"')) {
        child.kill("SIGINT");
      }
    },
  });
  await changed;
  expect(code).toBe(0);
  const lines = linesOf(out);
  expect(lines.slice(0, 4).map(({ job_id: id, state }) => `${id} ${state}`)).toEqual([
    "mail:author completed",
    "mail:editor dead",
    "mail:later delayed",
    "mail:reader dead",
  ]);
  // Between two looks a job may pass through several states; the last is always told.
  const later = lines.slice(4);
  expect(later.every(({ job_id: id }) => id === "mail:later")).toBe(true);
  expect(later.at(-1)).toMatchObject({ state: "completed", attempt: 1 });
});

test("a pipe that is closed ends what still writes, without a word", async () => {
  const { code, err } = await longshore(["top", "--every", "100", ...filled.args], {
    watch: (child) => child.stdout?.destroy(),
  });
  expect([code, err]).toEqual([0, ""]);
});

/** util-linux's, which makes a terminal. */
const hasScript = spawnSync("script", ["--version"]).status === 0;

test.skipIf(!hasScript)(
  `top draws on a terminal and leaves its cursor visible${hasScript ? "" : " (skipped: there is no script)"}`,
  async () => {
    const top = [process.execPath, BIN, "top", "--count", "1", ...filled.args].map((arg) => `'${arg}'`).join(" ");
    const { code, out } = await command("script", ["-qec", `stty rows 30 cols 100; ${top}`, "/dev/null"], {
      env: { TERM: "xterm" },
    });
    expect(code).toBe(0);
    expect(out).toMatch(/\bmail\b/);
    const [hide, show] = ["\u001b[?25l", "\u001b[?25h"];
    expect(out.lastIndexOf(show)).toBeGreaterThan(out.lastIndexOf(hide));
  },
);
