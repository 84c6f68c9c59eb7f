import { styleText } from "node:util";
import type { JobState } from "@longshore/core";
import Table from "cli-table3";
import { safe, safeJson, short } from "./text.ts";

/** Where a command writes: the process, or a test. */
export type Streams = {
  readonly out: Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">;
  readonly err: Pick<NodeJS.WriteStream, "write" | "isTTY">;
};

/** `most`: how long a cell may be. Default: 200. */
export type Column = {
  readonly head: string;
  readonly most?: number | undefined;
  readonly paint?: ((text: string) => string) | undefined;
};

export type Output = {
  readonly json: boolean;
  /** Somebody looks at it. */
  readonly live: boolean;
  /** How wide a line may be; a stream that is no terminal has no end. */
  readonly width: number;
  /** A whole answer, as JSON. */
  value(value: unknown): void;
  /** One line of JSON. */
  record(value: unknown): void;
  /** Text that is safe already. */
  line(text: string): void;
  /** For the person, beside the answer. */
  note(text: string): void;
  /** Cells are shown as text, whatever is in them. */
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void;
  /** In the colour of the state, which the text is. */
  state(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
};

type Style = Parameters<typeof styleText>[0];

const COLORS: { readonly [S in JobState]: Style } = {
  delayed: "blue",
  enqueued: "cyan",
  active: "green",
  stalled: "yellow",
  failed: "yellow",
  blocked: "blue",
  completed: "gray",
  dead: "red",
  cancelled: "gray",
};

/** Colours only on a terminal whose user has not said no (https://no-color.org). */
export function outputOf({ out, err }: Streams, env: NodeJS.ProcessEnv, json: boolean): Output {
  const live = out.isTTY === true && !json;
  const colored = live && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  // Whether the stream has colours is decided here, also for streams that are not the process's.
  const paint = (style: Style, text: string): string =>
    colored ? styleText(style, text, { validateStream: false }) : text;
  return {
    json,
    live,
    width: live ? Math.max(40, out.columns || 80) : Infinity,
    value: (value) => void out.write(`${safeJson(value, 2)}\n`),
    record: (value) => void out.write(`${safeJson(value)}\n`),
    line: (text) => void out.write(`${text}\n`),
    note: (text) => void err.write(`${safe(text)}\n`),
    table: (columns, rows) => void out.write(`${drawn(columns, rows, (text) => paint("bold", text))}\n`),
    state: (text) => paint(Object.hasOwn(COLORS, text) ? COLORS[text as JobState] : "gray", text), // one of them
    bold: (text) => paint("bold", text),
    dim: (text) => paint("dim", text),
  };
}

/** Columns and no frame: what is searched, cut and compared by other programs stays one line for a row. */
export function drawn(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  bold: (text: string) => string,
): string {
  const border = Object.fromEntries(BORDERS.map((name) => [name, ""]));
  const table = new Table({
    chars: { ...border, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(columns.map(({ head }) => bold(head)));
  for (const row of rows) {
    table.push(columns.map(({ most = 200, paint = (text: string) => text }, i) => paint(short(row[i] ?? "", most))));
  }
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const BORDERS = [
  "top",
  "top-mid",
  "top-left",
  "top-right",
  "bottom",
  "bottom-mid",
  "bottom-left",
  "bottom-right",
  "left",
  "left-mid",
  "mid",
  "mid-mid",
  "right",
  "right-mid",
];
