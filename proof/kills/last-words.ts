import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** The last lines of processes, for whoever asks why they ended. */
export type LastWords = {
  hear(stream: Readable): void;
  say(line: string): void;
  all(): string;
};

const MOST = 30;

export function createLastWords(): LastWords {
  const lines: string[] = [];
  const say = (line: string): void => {
    lines.push(line);
    if (lines.length > MOST) lines.shift();
  };
  return {
    hear: (stream) => void createInterface({ input: stream }).on("line", say),
    say,
    all: () => lines.join("\n"),
  };
}
