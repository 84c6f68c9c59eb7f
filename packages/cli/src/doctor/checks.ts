import type { Code } from "./code.ts";
import type { Config } from "./config.ts";

/** Something that is wired wrongly (`wrong`), or may be (`doubtful`), and what to do. */
export type Finding = { readonly level: "wrong" | "doubtful"; readonly what: string; readonly todo: string };

type Check = (config: Config, code: Code) => readonly Finding[];

const DURABLE_OBJECTS = "@longshore/durable-objects";
const QUEUES = "@longshore/cloudflare-queues";
/** The name by which objects look for their runner. */
const RUNNER = "JobsRunner";
/** Stores whose schedules fire by a trigger, because nothing wakes in them by itself. */
const WITHOUT_ALARM = ["@longshore/d1", "@longshore/postgres", "@longshore/redis", "@longshore/http"];
/** Since when an object finds its runner by itself. */
const CTX_EXPORTS = "2025-11-17";
/** The platform's most. Each retry of a job is one of the platform's. */
const MOST_RETRIES = 100;

/** All that is found in a project. `today`: as compatibility dates are written. */
export function checkProject(config: Config, code: Code, today: string): readonly Finding[] {
  return [...CHECKS.flatMap((check) => check(config, code)), ...checkDate(config, code, today)];
}

const objectsAreExported: Check = (config, { exports }) =>
  config.objects.flatMap(({ binding, className }) => {
    if (exports.includes(className)) return [];
    return [
      wrong(
        `The binding ${binding} is of the class ${className}, which ${config.main} does not export${instead(className, exports, config)}.`,
        `Export it from there: export class ${className} extends JobsObject {}`,
      ),
    ];
  });

const objectsHaveSqlite: Check = ({ objects, sqliteClasses, otherClasses }, { packages }) => {
  if (!packages.has(DURABLE_OBJECTS)) return [];
  return objects.flatMap(({ className }) => {
    if (sqliteClasses.includes(className)) return [];
    if (otherClasses.includes(className)) {
      return [
        wrong(
          `The class ${className} has the older storage, in which jobs cannot be kept.`,
          `Declare a new class for the jobs with "storage": "sqlite" in exports, or in new_sqlite_classes of a migration: a deployed class cannot change.`,
        ),
      ];
    }
    return [
      wrong(
        `Nothing says which storage the class ${className} has, and wrangler does not deploy it.`,
        `"exports": { "${className}": { "type": "durable-object", "storage": "sqlite" } }`,
      ),
    ];
  });
};

/** Whether all its objects are in another Worker, which runs their jobs and watches over them. */
const isGuest = ({ objects, bindsOthers }: Config): boolean => objects.length === 0 && bindsOthers;

const runnerIsExported: Check = (config, { exports, packages, text }) => {
  if (!packages.has(DURABLE_OBJECTS)) return [];
  if (isGuest(config)) {
    if (!exports.includes(RUNNER)) return [];
    return [
      doubtful(
        `${config.main} exports ${RUNNER}, and the objects are those of another Worker: they call the one of that Worker.`,
        "Take it away. Jobs that are to run here belong in a class with runner: false, from which workers claim.",
      ),
    ];
  }
  if (exports.includes(RUNNER)) return [];
  // An object may name another runner, or none.
  if (/\brunner\s*[:,}]/.test(text)) return [];
  return [
    wrong(
      `${config.main} exports no ${RUNNER}${instead(RUNNER, exports, config)}: the objects look for it by this name, and no job runs without it.`,
      "Export it from there: export const JobsRunner = jobsRunner((env) => createWorker(…))",
    ),
  ];
};

const objectsAreBound: Check = (config, { packages }) =>
  packages.has(DURABLE_OBJECTS) && config.objects.length === 0 && !isGuest(config)
    ? [
        wrong(
          `The code keeps jobs in Durable Objects, and there is no binding for them.`,
          `"durable_objects": { "bindings": [{ "name": "JOBS", "class_name": "Jobs" }] }`,
        ),
      ]
    : [];

const cronsAreHandled: Check = ({ crons, main }, { text }) =>
  crons.length > 0 && !/\bscheduled\b/.test(text)
    ? [wrong(`There are triggers, and ${main} has no handler of them.`, "Add scheduled() to its default export.")]
    : [];

const objectsAreWatched: Check = (config, { packages }) =>
  packages.has(DURABLE_OBJECTS) && config.crons.length === 0 && !isGuest(config)
    ? [
        doubtful(
          "No trigger watches over the objects: an alarm that the platform loses is noticed at the next enqueue.",
          `"triggers": { "crons": ["*/5 * * * *"] }, and durableObjects(env.JOBS).wake() in scheduled()`,
        ),
      ]
    : [];

/** With this trigger each schedule by cron is looked at as often as it can be due. */
const EVERY_MINUTE = /^\*(\/1)? \* \* \* \*$/;
const CRON_CALL = /\bcron\(\s*(["'`])((?:(?!\1).){1,200})\1/g;

const schedulesAreTriggered: Check = ({ crons }, { packages, text }) => {
  if (packages.has(DURABLE_OBJECTS) || !WITHOUT_ALARM.some((name) => packages.has(name))) return [];
  if (crons.some((one) => EVERY_MINUTE.test(one.trim()))) return [];
  const expressions = new Set([...text.matchAll(CRON_CALL)].map(([, , expression = ""]) => expression));
  return [...expressions]
    .filter((expression) => !crons.includes(expression))
    .map((expression) =>
      doubtful(
        `The schedule cron("${expression}") fires at the first trigger after its time, and none of them is at its time.`,
        `"triggers": { "crons": ["* * * * *"] }, or one like the schedule, in UTC`,
      ),
    );
};

const queuesAreConsumed: Check = ({ consumers, main }, { text }) =>
  consumers.length > 0 && !/\bqueue\s*[(:,}]/.test(text)
    ? [
        wrong(
          `${consumers[0]?.queue} is consumed here, and ${main} has no handler of it.`,
          "Add queue() to its default export.",
        ),
      ]
    : [];

/** A Worker that only sends has its consumers elsewhere. */
const queuesAreTaken: Check = ({ consumers, producers }, { packages, text }) => {
  if (!packages.has(QUEUES) || (consumers.length === 0 && !/\bconsume\s*\(/.test(text))) return [];
  const taken = consumers.flatMap(({ queue, deadLetterQueue }) => [queue, deadLetterQueue]);
  const unused = consumers.map(({ queue }) => queue).filter((queue) => !producers.includes(queue));
  return producers
    .filter((queue) => !taken.includes(queue))
    .map((queue) =>
      doubtful(
        `This Worker sends to the queue ${queue}, which nothing here consumes: if no other Worker does, none of its jobs runs.`,
        `"consumers": [{ "queue": "${queue}", … }]${unused.length > 0 ? `, in place of ${unused.join(", ")}` : ""}`,
      ),
    );
};

const queuesLoseNothing: Check = ({ consumers }, { packages }) => {
  if (!packages.has(QUEUES)) return [];
  return consumers.flatMap(({ queue, maxRetries, deadLetterQueue }) => [
    ...(deadLetterQueue === undefined
      ? [
          wrong(
            `The queue ${queue} has no dead_letter_queue: the platform deletes a message that it gives up.`,
            `"dead_letter_queue": "${queue}-dead"`,
          ),
        ]
      : []),
    ...(maxRetries === MOST_RETRIES
      ? []
      : [
          wrong(
            `The queue ${queue} has max_retries ${maxRetries ?? "3, the platform's default"}: each retry of a job uses one, so its own policy is cut short.`,
            `"max_retries": ${MOST_RETRIES}`,
          ),
        ]),
  ]);
};

const CHECKS: readonly Check[] = [
  objectsAreBound,
  objectsAreExported,
  objectsHaveSqlite,
  runnerIsExported,
  cronsAreHandled,
  objectsAreWatched,
  schedulesAreTriggered,
  queuesAreConsumed,
  queuesAreTaken,
  queuesLoseNothing,
];

function checkDate(
  { compatibilityDate: date, compatibilityFlags: flags }: Config,
  { packages }: Code,
  today: string,
): readonly Finding[] {
  if (date === undefined) return [wrong("There is no compatibility_date.", `"compatibility_date": "${today}"`)];
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date))
    return [wrong(`The compatibility_date ${date} is not a date.`, `"compatibility_date": "${today}"`)];
  if (date > today)
    return [
      wrong(
        `The compatibility_date ${date} is in the future, which the platform refuses.`,
        `"compatibility_date": "${today}"`,
      ),
    ];
  const hasExports =
    date >= CTX_EXPORTS ? !flags.includes("disable_ctx_exports") : flags.includes("enable_ctx_exports");
  if (!packages.has(DURABLE_OBJECTS) || hasExports) return [];
  return [
    wrong(
      `With the compatibility_date ${date} the objects cannot find their runner, and no job runs.`,
      `"compatibility_date": "${CTX_EXPORTS}" or later, or the flag enable_ctx_exports`,
    ),
  ];
}

function wrong(what: string, todo: string): Finding {
  return { level: "wrong", what, todo };
}
function doubtful(what: string, todo: string): Finding {
  return { level: "doubtful", what, todo };
}

/** The export that may be meant: the same but for case and marks, or one that has the name in it. Not one in use. */
function instead(name: string, exports: readonly string[], { objects }: Config): string {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[_$\d]/g, "");
  const used = new Set(["default", RUNNER, ...objects.map(({ className }) => className)]);
  const near = exports.find(
    (one) => !used.has(one) && (plain(one).includes(plain(name)) || plain(name).includes(plain(one))),
  );
  return near === undefined ? "" : ` (it exports ${near})`;
}
