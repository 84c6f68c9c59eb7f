#!/bin/sh
# One would guess: a workflow of OpenWorkflow that catches the failure of a step and goes another way (the card was refused, so cancel
# the order) goes that way to its end. Its pages say that a failure which is caught is not tried again, and that a workflow which wakes
# from a sleep is given what its steps came to before.
# What openworkflow 0.10.1 does: it gives back results, and no failures. When the workflow wakes, the step that failed runs once more;
# now it succeeds, and the workflow takes the other branch as well: here the order is cancelled, charged and shipped, and the run is
# `completed`. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 openworkflow@0.10.1
cat >branches.mjs <<'JS'
import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";
const backend = BackendSqlite.connect(":memory:");
const app = new OpenWorkflow({ backend });
const done = [];
let tries = 0;
const order = app.defineWorkflow({ name: "order" }, async ({ step }) => {
  const does = (name) => step.run({ name }, () => void done.push(name));
  try {
    await step.run({ name: "charge" }, () => {
      if (++tries === 1) throw new Error("503");
      done.push("charge");
    });
    await does("ship");
  } catch {
    await does("cancel");
  }
  await step.sleep("before the survey", "1s");
  await does("survey");
});
const worker = app.newWorker();
await worker.start();
const run = await order.run({});
await run.result();
const { status } = await backend.getWorkflowRun({ workflowRunId: run.workflowRun.id });
await worker.stop();
await backend.stop();
console.log({ status, done: done.join() });
process.exit(status === "completed" && done.join() === "cancel,charge,ship,survey" ? 0 : 1);
JS
node_modules/.bin/node --no-warnings branches.mjs
