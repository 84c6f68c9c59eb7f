import type { FaultKind } from "./faults.ts";

/** One line of a history, for people. */
export type Line = {
  readonly atMs: number;
  readonly actor: string;
  readonly operation: string;
  readonly result: string;
  readonly fault: FaultKind | "";
};

/** Records what happens: always in a rolling hash, and line by line only if requested. */
export type Journal = {
  record(actor: string, operation: string, result: string, fault?: FaultKind): void;
  readonly hash: string;
  readonly lines: readonly Line[];
};

export function createJournal(now: () => number, keepsLines: boolean): Journal {
  const startedAt = now();
  const lines: Line[] = [];
  // FNV-1a twice, over different halves of the text's bits, for 64 bits in total.
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  const add = (text: string): void => {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      low = Math.imul(low ^ unit, 0x01000193);
      high = Math.imul(high ^ unit, 0x85ebca6b) ^ (low >>> 15);
    }
  };
  return {
    record(actor, operation, result, fault) {
      const atMs = now() - startedAt;
      add(`${atMs} ${actor} ${operation} ${result} ${fault ?? ""}\n`);
      if (keepsLines) lines.push({ atMs, actor, operation, result, fault: fault ?? "" });
    },
    get hash() {
      return hex(high) + hex(low);
    },
    lines,
  };
}

function hex(number: number): string {
  return (number >>> 0).toString(16).padStart(8, "0");
}

/** Formats lines as a table: time, actor, operation, result, fault. */
export function table(lines: readonly Line[]): string {
  const rows = lines.map(({ atMs, actor, operation, result, fault }) => {
    const seconds = (atMs / 1_000).toFixed(3).padStart(9);
    return `${seconds}  ${actor.padEnd(14)} ${operation.padEnd(58)} ${result.padEnd(34)} ${fault}`.trimEnd();
  });
  const heading = `  seconds  ${"actor".padEnd(14)} ${"operation".padEnd(58)} ${"result".padEnd(34)} fault`;
  return [heading, ...rows].join("\n");
}
