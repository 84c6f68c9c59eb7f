import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

const XVFB = "/usr/bin/Xvfb";

/** Why no window can be shown here; undefined if one can. A headless page is never hidden, and so never frozen. */
export const noDisplay: string | undefined = existsSync(XVFB)
  ? undefined
  : `there is no ${XVFB}: install Debian's xvfb`;

/** A screen that nobody sees. */
export async function openDisplay(): Promise<{ readonly name: string; close(): void }> {
  const server = spawn(XVFB, ["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "1024x768x24"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const number = await new Promise<string>((resolve, reject) => {
    server.stdout.once("data", (data: Buffer) => resolve(data.toString().trim()));
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`${XVFB} ended with ${code}`)));
  });
  return { name: `:${number}`, close: () => void server.kill() };
}
