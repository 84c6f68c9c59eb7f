#!/bin/sh
# One would guess: `await step.sleep("before the reminder", "1d")` of OpenWorkflow lasts a day wherever it stands. In a `try` with a
# `catch` that gives the seats back if anything fails, the workflow sleeps, wakes the next day, and goes on within the `try`.
# What openworkflow 0.10.1 does: the sleep is an error that is thrown through the workflow to whoever runs it, and a `catch` on its way
# takes it for a failure. So the seats are given back at once, in the first second of a day that should have been waited for, and the
# run is `completed`; nothing comes of the sleep. A `catch` that only logs loses the day as well, and so does one around
# `step.waitForSignal`. (No `catch` around what waits, or one that throws on what it does not know.) Exits non-zero once that has
# changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 openworkflow@0.10.1
cat >sleep.mjs <<'JS'
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
const backend = BackendSqlite.connect(":memory:");
const app = new OpenWorkflow({ backend });
const waits = {
  sleep: (step) => step.sleep("a day", "1d"),
  signal: (step) => step.waitForSignal({ signal: "paid", timeout: "1d" }),
};
const done = {};
const runs = {};
for (const [way, wait] of Object.entries(waits)) {
  const booking = (name, catches) => {
    done[name] = [];
    const workflow = app.defineWorkflow({ name }, async ({ step }) => {
      const does = (what) => step.run({ name: what }, () => void done[name].push(what));
      await does("reserve");
      try {
        await wait(step);
        await does("remind");
      } catch (error) {
        if (!catches) throw error;
        await does("give back");
      }
    });
    return workflow.run({});
  };
  runs[way] = await booking(way, false);
  runs[`${way} and a catch`] = await booking(`${way} and a catch`, true);
}
const worker = app.newWorker({ concurrency: 4 });
await worker.tick(); // each once, as far as it comes
await worker.stop();
const seen = {};
for (const [name, { workflowRun }] of Object.entries(runs)) {
  const { status, availableAt } = await backend.getWorkflowRun({ workflowRunId: workflowRun.id });
  const hours = Math.round((availableAt - Date.now()) / 3_600_000);
  seen[name] = [...done[name], status === "completed" ? status : `goes on in ${hours} hours`].join();
}
await backend.stop();
console.log(seen);
const waiting = "reserve,goes on in 24 hours";
const given = "reserve,give back,completed";
process.exit(Object.values(seen).join(" ") === [waiting, given, waiting, given].join(" ") ? 0 : 1);
JS
node_modules/.bin/node --no-warnings sleep.mjs
