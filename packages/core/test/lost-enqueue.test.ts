import { expect, test } from "vitest";
import { createQueue } from "../src/index.ts";
import { minimalAdapter } from "./minimal-adapter.ts";
import { task } from "./scripted-backend.ts";

const throwing = new Proxy(new Error("secret"), {
  get() {
    throw new Error("not yours to read");
  },
});

test.each([
  [
    "a driver's code",
    Object.assign(new Error("connect to db with secret"), { code: "ECONNREFUSED" }),
    "(ECONNREFUSED)",
  ],
  ["an error without a code", new TypeError("secret is no function"), "(TypeError)"],
  ["a code that is a sentence", Object.assign(new RangeError("secret"), { code: "the secret is" }), "(RangeError)"],
  ["what cannot be read", throwing, "(unknown)"],
  ["nothing", undefined, "(unknown)"],
])("a failed enqueue names its kind, and quotes nothing: %s", async (_what, cause, kind) => {
  const adapter = {
    ...minimalAdapter(),
    async enqueue() {
      throw cause;
    },
  };
  const error: unknown = await createQueue(adapter)
    .enqueue(task, {})
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "enqueue_failed",
    message: expect.stringContaining(`The backend failed ${kind},`),
  });
  expect((error as Error).message).not.toContain("secret");
});
