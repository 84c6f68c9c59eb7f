import type { AnySchema, Handler } from "@longshore/core";
import type { Activity } from "./activity.ts";

/** A handler whose runs count as work, and the validations of its schemas, which may ask a database. */
export function observedHandler(handler: Handler, activity: Activity): Handler {
  const { definition } = handler;
  const run = handler.run as (...input: readonly unknown[]) => unknown; // with what the worker passes
  return {
    ...handler,
    definition: {
      ...definition,
      input: observedSchema(definition.input, activity),
      output: definition.output && observedSchema(definition.output, activity),
    },
    run: (...input: readonly unknown[]) => activity.during(handler, () => run(...input)),
  };
}

function observedSchema(schema: AnySchema, activity: Activity): AnySchema {
  const standard = schema["~standard"];
  return {
    "~standard": { ...standard, validate: (value) => activity.during(schema, () => standard.validate(value)) },
  };
}
