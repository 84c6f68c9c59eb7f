import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import * as attributes from "../src/attributes.ts";
import { NAME, VERSION } from "../src/scope.ts";

const known = new Set<unknown>(Object.values(conventions));
const ours = (name: string): boolean => name.startsWith("messaging.longshore.");

test("every attribute's name is the conventions', or in our own part of the messaging namespace", () => {
  const names = [
    ...Object.values(attributes).filter((value) => typeof value === "string"),
    ...Object.keys(attributes.operationAttributes("send", "mails", "greet")),
  ];
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !known.has(name) && !ours(name))).toEqual([]);
});

test("every operation's type is one that the conventions know", () => {
  expect(known.has("send") && known.has("process")).toBe(true);
});

test("an exception is an event that the conventions know", () => {
  const events = Object.values(attributes.EXCEPTIONS).map(({ event }) => event);
  expect(events).toEqual(["messaging.send.exception", "messaging.process.exception"]);
  expect(events.filter((name) => !known.has(name))).toEqual([]);
});

test("the scope is the package's name and version", () => {
  expect({ name: NAME, version: VERSION }).toEqual({ name: manifest.name, version: manifest.version });
});
