import { utcAt } from "../runtime/platform.ts";

/** A time zone, as far as a schedule needs it. */
export type Zone = {
  readonly name: string;
  /** How many ms the zone's clocks are ahead of UTC at an instant. */
  offset(at: number): number;
};

const DAY = 86_400_000;
const SECOND = 1_000;
/** Names of the IANA data base, no offsets such as "+01:00": not every runtime takes those. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

/** Making a formatter is dear. There are about 600 names, but each can be written in many cases. */
const formats = new Map<string, Intl.DateTimeFormat>();
const MOST_FORMATS = 1_000;

/** The zone of that name, by the runtime's own data; undefined if there is none. */
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
 * The instants at which the zone's clocks read `wall` (as if it were UTC): one as a rule, none where the clocks were
 * put forward over it, two, the earlier first, where they were put back.
 */
export function readings(zone: Zone, wall: number): readonly number[] {
  const { before, after } = around(zone, wall);
  if (before === after) return [wall - before];
  return [wall - before, wall - after].filter((at) => at + zone.offset(at) === wall);
}

/**
 * When clocks that never read `wall` jump over it: the first instant after the gap. Undefined if they skip the whole
 * date (Samoa had no 30 December 2011).
 */
export function jumpOver(zone: Zone, wall: number): number | undefined {
  const { before, after } = around(zone, wall);
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

/** The offsets safely before and after the clocks can read `wall`: zones are within 14 hours of UTC. */
function around(zone: Zone, wall: number): { readonly before: number; readonly after: number } {
  return { before: zone.offset(wall - DAY), after: zone.offset(wall + DAY) };
}

function dateOf(wall: number): number {
  return Math.floor(wall / DAY);
}
