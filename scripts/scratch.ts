import { accessSync, constants, statfsSync } from "node:fs";

/** Memory that looks like a folder, where Linux has it. */
const FOLDER = "/dev/shm";
/** More than all suites leave there at a time. A container often has 64 MB of it, which is too little. */
const LEAST_BYTES = 2 ** 30;

/**
 * Puts the temporary files of this process, and of those that it starts, into memory where there is room for them:
 * workerd waits for the disk at each write of a Durable Object, and no test takes the power away.
 */
export function scratchInMemory(): void {
  try {
    accessSync(FOLDER, constants.W_OK);
    const { bavail, bsize } = statfsSync(FOLDER);
    if (bavail * bsize >= LEAST_BYTES) process.env["TMPDIR"] ??= FOLDER;
  } catch {
    // There is none, or not for us: temporary files stay on the disk.
  }
}
