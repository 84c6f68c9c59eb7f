import {
  type Check,
  type JobData,
  MAX_BATCH,
  anObject,
  checkBatch,
  checkName,
  checkRef,
  integer,
  mustBe,
  text,
} from "@longshore/core/adapter";

/**
 * Reads a value of the wire: throws if it is not what the contract says, and returns a copy with the contract's
 * properties alone.
 */
export type Read = (value: unknown, what: string) => unknown;

const MOST_HEADERS = 64;

export function checked(check: Check): Read {
  return (value, what) => {
    check(value, what);
    return value;
  };
}

/** JSON has null for undefined in a list. */
export function optional(read: Read): Read {
  return (value, what) => (value === undefined || value === null ? undefined : read(value, what));
}

export function list(read: Read, most: number = MAX_BATCH): Read {
  return (value, what) => {
    checkBatch(value as readonly unknown[], most);
    return (value as readonly unknown[]).map((one, i) => read(one, `${i} of ${what}`));
  };
}

export function object(properties: Readonly<Record<string, Read>>): Read {
  const names = Object.entries(properties);
  return (value, what) => {
    anObject(value, what);
    const copy: Record<string, unknown> = {};
    for (const [key, read] of names) {
      // Not what every object inherits.
      const given: unknown = Object.hasOwn(value as object, key) ? (value as Record<string, unknown>)[key] : undefined;
      const result = read(given, `${key} of ${what}`);
      if (result !== undefined) copy[key] = result;
    }
    return copy;
  };
}

export const name: Read = (value, what) => {
  checkName(value, what);
  return value;
};
const refText: Read = (value, what) => {
  checkRef(value as string, what as "id");
  return value;
};
/** The name of a queue to ask for, of a schedule, of a worker: any short text finds what it finds. */
export const shortText: Read = checked(someText(200));
/** As the core makes texts: without lone surrogates, which not every store can keep. */
export function someText(most: number): Check {
  return mustBe(
    `text of at most ${most} characters, without lone surrogates`,
    (value) => typeof value === "string" && value.length <= most && !/\p{Cs}/u.test(value),
  );
}

const aHeader = checked(text("1 to 120 ASCII letters, digits or _.$:-", /^[\w.$:-]{1,120}$/));
const aHeaderText = checked(text("text of at most 4000 characters", /^.{0,4000}$/s));
const headers: Read = (value, what) => {
  anObject(value, what);
  const entries = Object.entries(value as object);
  checked(integer(0, MOST_HEADERS))(entries.length, `size of ${what}`);
  for (const [key, one] of entries) {
    aHeader(key, `name in ${what}`);
    // Any text, as the core takes any as metadata.
    aHeaderText(one, `${key.slice(0, 40)} of ${what}`);
  }
  // As own properties, whatever they are called.
  return Object.fromEntries(entries);
};

export const ref: { readonly id: Read; readonly partition: Read } = { id: refText, partition: optional(refText) };
/** What every job has, whatever becomes of it. `payload`: reads its content, which has a size. */
export const jobData = (payload: Read): Readonly<Record<keyof JobData, Read>> => ({
  ...ref,
  name,
  queue: name,
  payload,
  headers,
  priority: checked(integer(0, 9)),
});
