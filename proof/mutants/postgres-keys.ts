import type { Mutant } from "./mutant.ts";

const FOLDER = "packages/stores/postgres/src";
const SUITE = ["test/conformance.test.ts"];
const KEYS = ["test/keys.test.ts"];

/** Of unique keys in PostgreSQL. */
export const postgresKeyMutants: readonly Mutant[] = [
  {
    id: "F42-postgres-keyed-completion-forgets",
    fault: "F42",
    file: `${FOLDER}/enqueue-keyed.ts`,
    find: "case when one.u is null and one.s is null then one.k else -1 - one.k end, one.n",
    replace: "one.k, one.n",
    what: "Whoever waits behind a completed job that is not kept is forgotten.",
    tests: SUITE,
  },
  {
    id: "F40-postgres-keyed-update-beside-the-end",
    fault: "F40",
    file: `${FOLDER}/enqueue-keyed.ts`,
    find: "where id = one.id and seq = coalesce(one.seq, seq) for update;",
    replace: "where id = one.id and seq = coalesce(one.seq, seq);",
    what: "An update waits behind a job that ends at the same time, and never starts.",
    tests: KEYS,
  },
  {
    id: "F42-postgres-keyed-forgets-its-time",
    fault: "F42",
    file: `${FOLDER}/keys.ts`,
    find: "(j.ended is null or j.ended = 'blocked' or k.until > t)",
    replace: "(j.ended is null or j.ended = 'blocked')",
    what: "A key with a time is free at its job's end.",
    tests: SUITE,
  },
  {
    id: "F40-postgres-keyed-cancelled-runs-on",
    fault: "F40",
    file: `${FOLDER}/control.ts`,
    find: "greatest(t, j.until), true)",
    replace: "t, true)",
    what: "Whoever waits behind a cancelled job runs beside it.",
    tests: SUITE,
  },
  {
    id: "F40-postgres-keyed-new-data-run-on",
    fault: "F40",
    file: `${FOLDER}/enqueue-keyed.ts`,
    find: 'greatest(${DUE("target.since")}, target.not_before)',
    replace: '${DUE("target.since")}',
    what: "New data for a job that waited behind a cancelled one let it run beside that.",
    tests: SUITE,
  },
  {
    id: "F40-postgres-keyed-replays-beside",
    fault: "F40",
    file: `${FOLDER}/keys.ts`,
    find: "  if found then return false; end if;\n",
    replace: "",
    what: "A dead job is replayed although another has its key.",
    tests: SUITE,
  },
  {
    id: "F42-postgres-keyed-cancelled-follows",
    fault: "F42",
    file: `${FOLDER}/keys.ts`,
    find: "where id = k.next_id and seq = k.next_seq and ended = 'blocked';",
    replace: "where id = k.next_id and seq = k.next_seq;",
    what: "A job that was cancelled while it waited behind another one starts all the same.",
    tests: SUITE,
  },
  {
    id: "F66-postgres-keyed-end-wakes-nobody",
    fault: "F66",
    file: `${FOLDER}/settle.ts`,
    find: "if not ring then perform pg_notify",
    replace: "if ring then perform pg_notify",
    what: "The end of a job with a key wakes no other process for the one behind it.",
    tests: ["test/store.test.ts"],
  },
  {
    id: "F42-postgres-keys-pile-up",
    fault: "F42",
    file: `${FOLDER}/enqueue-keyed.ts`,
    find: "where k.expires <= t order by",
    replace: "where k.expires < 0 order by",
    what: "A key with a time stays in its table for ever.",
    tests: KEYS,
  },
];
