import { accessSync, constants, statfsSync } from "node:fs";

/** A folder in memory, on Linux. */
const FOLDER = "/dev/shm";
/** More than all suites need at a time. Containers often have only 64 MB, which is too little. */
const LEAST_BYTES = 2 ** 30;

/**
 * Puts the temporary files of this process, and of those that it starts, into memory if there is room. workerd waits
 * for the disk at each write of a Durable Object, and no test cuts the power.
 */
export function scratchInMemory(): void {
  try {
    accessSync(FOLDER, constants.W_OK);
    const { bavail, bsize } = statfsSync(FOLDER);
    if (bavail * bsize >= LEAST_BYTES) process.env["TMPDIR"] ??= FOLDER;
  } catch {
    // It is missing or not accessible: temporary files stay on the disk.
  }
}
