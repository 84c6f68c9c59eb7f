import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ParseError, parse as parseJsonc, printParseErrorCode } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import { EXIT, problem } from "../exit.ts";

/** The part of wrangler's configuration that the library depends on. What is not of the expected kind is left out. */
export type Config = {
  readonly main: string | undefined;
  readonly compatibilityDate: string | undefined;
  readonly compatibilityFlags: readonly string[];
  /** Classes of this script that bindings name. */
  readonly objects: readonly { readonly binding: string; readonly className: string }[];
  /** Whether bindings name classes of other scripts. */
  readonly bindsOthers: boolean;
  /** Classes with storage in SQLite, and those with the older storage. */
  readonly sqliteClasses: readonly string[];
  readonly otherClasses: readonly string[];
  readonly crons: readonly string[];
  readonly consumers: readonly Consumer[];
  readonly producers: readonly string[];
};
type Consumer = {
  readonly queue: string;
  readonly maxRetries: number | undefined;
  readonly deadLetterQueue: string | undefined;
};

/** In wrangler's own order. */
const FILES = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/** States of a class that the script no longer has. */
const GONE: readonly unknown[] = ["deleted", "renamed", "transferred"];

/** An environment does not have these from above. */
const NOT_INHERITED = ["durable_objects", "queues"];

/** Fails as a wrong use if there is no configuration, or none of that name. */
export function readConfig(folder: string, environment: string | undefined): Config & { readonly file: string } {
  const file = FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined)
    throw problem(
      EXIT.usage,
      `There is no wrangler.jsonc, wrangler.json or wrangler.toml in ${folder}. ` +
        "In the folder of a Workers project, doctor reads its wiring; with --sqlite, --postgres or --url, it reads a store.",
    );
  const all = parsed(file, readFileSync(file, "utf8"));
  if (environment === undefined) return { ...configOf(all), file };
  const own = record(all["env"])[environment];
  if (own === undefined) throw problem(EXIT.usage, `${file} has no environment ${environment}.`);
  const inherited = Object.entries(all).filter(([key]) => !NOT_INHERITED.includes(key));
  return { ...configOf({ ...Object.fromEntries(inherited), ...record(own) }), file };
}

function parsed(file: string, text: string): Fields {
  if (file.endsWith(".toml")) {
    try {
      return record(parseToml(text));
    } catch (error) {
      throw problem(EXIT.usage, `${file} is not TOML: ${String(Object(error).message).split("\n")[0]}`);
    }
  }
  const errors: ParseError[] = [];
  const value: unknown = parseJsonc(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined)
    throw problem(EXIT.usage, `${file} is not JSON: ${printParseErrorCode(first.error)} at ${first.offset}.`);
  return record(value);
}

function configOf(fields: Fields): Config {
  const migrations = records(fields["migrations"]);
  const exported = Object.entries(record(fields["exports"])).filter(([, one]) => {
    const { type, state } = record(one);
    return type === "durable-object" && !GONE.includes(state);
  });
  const isSqlite = ([, one]: [string, unknown]): boolean => record(one)["storage"] === "sqlite";
  const queues = record(fields["queues"]);
  const bindings = records(record(fields["durable_objects"])["bindings"]);
  return {
    main: text(fields["main"]),
    compatibilityDate: text(fields["compatibility_date"]),
    compatibilityFlags: texts(fields["compatibility_flags"]),
    objects: bindings.flatMap((one) => {
      const [binding, className] = [text(one["name"]), text(one["class_name"])];
      if (binding === undefined || className === undefined || one["script_name"] !== undefined) return [];
      return [{ binding, className }];
    }),
    bindsOthers: bindings.some((one) => one["script_name"] !== undefined),
    sqliteClasses: [
      ...migrations.flatMap((one) => texts(one["new_sqlite_classes"])),
      ...migrations.flatMap((one) => records(one["renamed_classes"]).flatMap(({ to }) => text(to) ?? [])),
      ...exported.filter(isSqlite).map(([name]) => name),
    ],
    otherClasses: [
      ...migrations.flatMap((one) => texts(one["new_classes"])),
      ...exported.filter((one) => !isSqlite(one)).map(([name]) => name),
    ],
    crons: texts(record(fields["triggers"])["crons"]),
    producers: records(queues["producers"]).flatMap((one) => text(one["queue"]) ?? []),
    consumers: records(queues["consumers"]).flatMap((one) => {
      const [queue, retries] = [text(one["queue"]), one["max_retries"]];
      if (queue === undefined) return [];
      const maxRetries = typeof retries === "number" ? retries : undefined;
      return [{ queue, maxRetries, deadLetterQueue: text(one["dead_letter_queue"]) }];
    }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function record(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {}; // as compared
}
function records(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(record) : [];
}
function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
