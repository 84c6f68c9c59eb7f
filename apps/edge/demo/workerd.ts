import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

/**
 * Of the two workerd processes of a `wrangler dev`, the one that runs the app and holds its storage: the other is the
 * proxy in front of it, which owns the port. Undefined while there is none.
 */
export function storageProcess(group: number, proxyPort: number): number | undefined {
  const found = processes().find(
    ({ pgid, command }) =>
      pgid === group && /workerd.* serve /.test(command) && !command.includes(`entry=127.0.0.1:${proxyPort} `),
  );
  return found?.pid;
}

type Process = { readonly pid: number; readonly pgid: number; readonly command: string };

function processes(): readonly Process[] {
  return process.platform === "linux" ? fromProc() : fromPs();
}

/** Slim Linux images have no ps. */
function fromProc(): readonly Process[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      // The name comes second, in brackets, and may hold anything; the group is the third field after it.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      return [{ pid: Number(pid), pgid: Number(fields[2]), command }];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

function fromPs(): readonly Process[] {
  const lines = execFileSync("ps", ["-A", "-ww", "-o", "pid=,pgid=,args="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, pgid, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), pgid: Number(pgid), command }];
  });
}
