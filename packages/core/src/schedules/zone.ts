import { utcAt } from "../runtime/platform.ts";

/** The part of a time zone that a schedule needs. */
export type Zone = {
  readonly name: string;
  /** The ms by which the zone's clocks are ahead of UTC at an instant. */
  offset(at: number): number;
};

const DAY = 86_400_000;
const SECOND = 1_000;
/** Names of the IANA database. No offsets such as "+01:00": not every runtime accepts them. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

/** Formatters are expensive to make. There are about 600 names, but each can be spelled with many mixes of case. */
const formats = new Map<string, Intl.DateTimeFormat>();
const MOST_FORMATS = 1_000;

/** The zone of that name in the runtime's data; undefined if there is none. */
export function openZone(name: string): Zone | undefined {
  if (name === "UTC") return { name, offset: () => 0 };
  if (typeof name !== "string" || !NAME.test(name)) return undefined;
  const format = formats.get(name) ?? openFormat(name);
  if (format === undefined) return undefined;
  if (formats.size >= MOST_FORMATS) formats.clear();
  formats.set(name, format);
  return {
    name,
    offset(at) {
      const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] =
        format.format(at).match(/\d+/g)?.map(Number) ?? [];
      return utcAt(year, month - 1, day, hour, minute, second) - Math.floor(at / SECOND) * SECOND;
    },
  };
}

function openFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
}

/**
 * The instants at which the zone's clocks show `wall` (ms as if it were UTC). Usually one; none if the clocks skipped
 * it; two, the earlier first, if they went back over it.
 */
export function instantsShowing(zone: Zone, wall: number): readonly number[] {
  const { before, after } = offsetsAround(zone, wall);
  if (before === after) return [wall - before];
  return [wall - before, wall - after].filter((at) => at + zone.offset(at) === wall);
}

/**
 * For a `wall` that the clocks skip: the first instant after the gap. Undefined if they skip the whole date (Samoa had
 * no 30 December 2011).
 */
export function firstInstantAfterGap(zone: Zone, wall: number): number | undefined {
  const { before, after } = offsetsAround(zone, wall);
  let standing = wall - after;
  let jumped = wall - before;
  while (jumped - standing > SECOND) {
    const middle = standing + Math.floor((jumped - standing) / (2 * SECOND)) * SECOND;
    if (zone.offset(middle) === before) standing = middle;
    else jumped = middle;
  }
  const dates = [standing + before, jumped + after].map(dateOf);
  return dates.includes(dateOf(wall)) ? jumped : undefined;
}

/** The offsets a day before and after `wall`, safely outside any change: zones are within 14 hours of UTC. */
function offsetsAround(zone: Zone, wall: number): { readonly before: number; readonly after: number } {
  return { before: zone.offset(wall - DAY), after: zone.offset(wall + DAY) };
}

function dateOf(wall: number): number {
  return Math.floor(wall / DAY);
}
