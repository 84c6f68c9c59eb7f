/**
 * What a cron rule must do, found without any library and without the rule's own code: the policy of `cron`, read off
 * the zone's clock minute by minute. Slow, and simple enough to be believed.
 */
export type Oracle = {
  /** All occurrences from `from` to `to`, both included. */
  between(from: number, to: number): readonly number[];
  /** The first occurrence after an instant, searched for 70 days. */
  next(after: number): number | undefined;
};

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

export function oracle(expression: string, zone: string): Oracle {
  const [minutes = "", hours = "", days = "", months = "", weekdays = ""] = expression.split(" ");
  const isMinute = field(minutes, 0, 59);
  const isHour = field(hours, 0, 23);
  const isMonth = field(months, 1, 12);
  const isDay = field(days, 1, 31);
  const isWeekday = field(weekdays, 0, 7);

  const onDate = (wall: number): boolean => {
    const date = new Date(wall);
    if (!isMonth(date.getUTCMonth() + 1)) return false;
    const day = isDay(date.getUTCDate());
    const weekday = isWeekday(date.getUTCDay()) || (date.getUTCDay() === 0 && isWeekday(7));
    return days === "*" || weekdays === "*" ? day && weekday : day || weekday;
  };
  const matches = (wall: number): boolean => {
    const minute = Math.floor(wall / MINUTE);
    return isMinute(minute % 60) && isHour(Math.floor(minute / 60) % 24) && onDate(wall);
  };
  const passing = /[*/]/.test(minutes + hours);

  /** Whether the rule fires at this minute, when the clock has read at most `latest` before and read `previous` a minute ago. */
  const fires = (wall: number, previous: number, latest: number): boolean => {
    if (passing) return matches(wall);
    // A time of the day comes when the clock first reads it or has jumped over it, if its date is one of those read.
    for (let time = latest + MINUTE; time <= wall; time += MINUTE) {
      const shown = [wall, previous].some((read) => Math.floor(read / DAY) === Math.floor(time / DAY));
      if (shown && matches(time)) return true;
    }
    return false;
  };

  /** Reads the clock from a day before, to know the latest time that it has read. */
  function* occurrences(from: number, to: number): Generator<number> {
    const first = Math.ceil(from / MINUTE) * MINUTE;
    let previous = readClock(zone, first - DAY - MINUTE);
    let latest = previous;
    for (let at = first - DAY; at <= to; at += MINUTE) {
      const wall = readClock(zone, at);
      if (at >= first && fires(wall, previous, latest)) yield at;
      previous = wall;
      latest = Math.max(latest, wall);
    }
  }

  return {
    between: (from, to) => [...occurrences(from, to)],
    next(after) {
      for (const at of occurrences(after + 1, after + 70 * DAY)) return at;
      return undefined;
    },
  };
}

const NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** Numbers, names of weekdays, lists, ranges, and steps of a star or a range. */
function field(text: string, least: number, most: number): (value: number) => boolean {
  const allowed = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    const [low = "", high = low] = range === "*" ? [String(least), String(most)] : range.split("-");
    for (let value = number(low); value <= number(high); value += Number(step)) allowed.add(value);
  }
  return (value) => allowed.has(value);
}

function number(text: string): number {
  const name = NAMES.indexOf(text);
  return name === -1 ? Number(text) : name;
}

const clocks = new Map<string, { readonly format: Intl.DateTimeFormat; readonly read: Map<number, number> }>();

/** What the zone's clock shows at an instant, as if it were UTC. Remembered: the same minutes are read for many rules. */
function readClock(zone: string, at: number): number {
  const clock = clocks.get(zone) ?? { format: clockFormat(zone), read: new Map<number, number>() };
  clocks.set(zone, clock);
  const known = clock.read.get(at);
  if (known !== undefined) return known;
  const parts = Object.fromEntries(clock.format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
  const wall = Date.UTC(year, month - 1, day, hour, minute);
  clock.read.set(at, wall);
  return wall;
}

function clockFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
}
