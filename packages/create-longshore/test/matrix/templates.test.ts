import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TEMPLATES } from "../../src/templates.ts";
import { output, start } from "./outside.ts";

const root = join(import.meta.dirname, "../../../..");
const outside = mkdtempSync(join(tmpdir(), "longshore-templates-"));
const packed = join(outside, "packed");
afterAll(() => rmSync(outside, { recursive: true, force: true, maxRetries: 5 }));

// Not by `pnpm pack:all`: others may be reading its folder.
beforeAll(() =>
  output(
    root,
    "npx",
    "--yes",
    "pnpm@12",
    "--recursive",
    "--filter",
    "./packages/**",
    "pack",
    "--pack-destination",
    packed,
  ),
);

/** A project made by the packed program, as `npm create longshore` runs it. */
async function made(template: string, name: string): Promise<string> {
  const [program = ""] = readdirSync(packed).filter((file) => file.startsWith("create-longshore-"));
  const args = [name, "--template", template, "--tarballs", packed];
  // A whole path would be a program for npx, and not a package.
  const said = await output(outside, "npx", "--yes", `./packed/${program}`, ...args);
  expect(said).toContain(`cd ${name} && npm install && npm test`);
  return join(outside, name);
}

/** Any free port, since others use the usual one. */
const ANY_PORT: Readonly<Record<string, readonly string[]>> = { worker: ["--", "--port=0", "--inspector-port=0"] };

for (const { name, secrets } of TEMPLATES) {
  test(`${name}: installs with npm, its types and its tests pass, it starts, runs a job and shows it`, async () => {
    const folder = await made(name, `npm-${name}`);
    await output(folder, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline");
    await output(folder, "npm", "run", "types");
    expect(await output(folder, "npm", "test", "--", "--no-color")).toMatch(/Tests +[1-9]\d* passed \(/);

    const app = start(folder, "npm", ["run", "dev", ...(ANY_PORT[name] ?? [])], { PORT: "0" });
    try {
      const url = await app.says(/(?:Listening|Ready) on (http:\S+)/);
      const body = JSON.stringify({ email: "user@example.com" });
      const answer = await fetch(`${url}/sign-ups`, { method: "POST", body });
      expect([answer.status, await answer.json()]).toMatchObject([202, { status: "created" }]);
      await app.says(/A mail to user@example\.com: Welcome!/);

      expect((await fetch(`${url}/ops/`)).status).toBe(401);
      const [, password] = /^DASHBOARD_PASSWORD=(.+)$/m.exec(readFileSync(join(folder, secrets), "utf8")) ?? [];
      const authorization = `Basic ${btoa(`operator:${password}`)}`;
      const page = await fetch(`${url}/ops/`, { headers: { authorization } });
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<html")]);
    } finally {
      await app.stop();
    }
  });

  test(`${name}: pnpm installs it, its types and its tests pass`, async () => {
    const folder = await made(name, `pnpm-${name}`);
    const pnpm = (...args: readonly string[]): Promise<string> => output(folder, "npx", "--yes", "pnpm@12", ...args);
    await pnpm("install", "--prefer-offline");
    await pnpm("types");
    expect(await pnpm("test", "--no-color")).toMatch(/Tests +[1-9]\d* passed \(/);
  });
}
