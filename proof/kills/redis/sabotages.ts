import type { Sabotage } from "../sabotage.ts";

const later = (what: string): string => `setTimeout(() => void enqueueInGroups(${what}).then(wake, () => {}), 1_000);`;

export const redisSabotages: Readonly<Record<string, Sabotage>> = {
  unlogged: {
    what: "the server keeps no log of its changes (`appendonly no`)",
    patches: [],
    settings: { appendonly: "no" },
  },
  "ack-first": {
    what: "an enqueue is answered 200 ms before its rows are written",
    patches: [
      {
        file: "stores/redis/dist/redis.js",
        find: "const answers = await enqueueInGroups(jobs);",
        put: `const answers = jobs.map(() => ({ status: "created" }));
            setTimeout(() => void enqueueInGroups(jobs).then(wake, () => {}), 200);`,
      },
    ],
  },
  "short-lease": {
    what: "a lease ends after a quarter of its time",
    patches: [
      { file: "stores/redis/dist/claim.js", find: "local till = now + lease", put: "local till = now + lease / 4" },
    ],
  },
  "no-fence": {
    what: "a settlement is accepted with any token",
    patches: [
      {
        file: "stores/redis/dist/settle.js",
        find: "if raw and kind == 'c' and S.unpack('<I7', raw) == tonumber(token) then",
        put: "if raw and kind == 'c' then",
      },
      {
        file: "stores/redis/dist/settle.js",
        find: "elseif r.token ~= token then",
        put: "elseif not r.leased and r.token ~= token then",
      },
    ],
  },
  "no-dedupe": {
    what: "an enqueue replaces an existing row",
    patches: [
      {
        file: "stores/redis/dist/lua/insert.js",
        find: "local old = fresh[id] or (call('HEXISTS', JOBS, id) == 1 and find(id))",
        put: "local old, before = fresh[id], find(id) if not old and before then forget(before) end",
      },
    ],
  },
  "next-later": {
    what: "follow-up jobs are written a second after their settlement",
    patches: [
      {
        file: "stores/redis/dist/redis.js",
        find: "const answers = await settleInParts(settlements);",
        put: `const answers = (await settleInParts(settlements.map(({ next, ...one }) => one))).map((answer, i) => {
                const { next = [] } = settlements[i];
                if (answer !== "accepted" || next.length === 0) return answer;
                ${later("next")}
                return { status: "accepted", next: next.map(() => ({ status: "created" })) };
            });`,
      },
    ],
  },
  "cursor-first": {
    what: "a schedule's job is written a second after its cursor has moved",
    patches: [
      {
        file: "stores/redis/dist/redis.js",
        find: "const answers = await advance(run, steps, counting);",
        put: `const answers = (await advance(run, steps.map(({ job, ...one }) => one), counting)).map((answer, i) => {
                const { job } = steps[i];
                if (answer.status !== "moved" || job === undefined) return answer;
                ${later("[job]")}
                return { status: "moved", job: { status: "created" } };
            });`,
      },
    ],
  },
};
