import { type Check, mustBe } from "@longshore/core/adapter";

/** With a hash tag: a cluster keeps keys together whose tags are the same. */
const PREFIX = /^[^{}\s]*\{[^{}\s]+\}[^\s]*$/;
const MOST_LENGTH = 100;

export const aPrefix: Check = /* @__PURE__ */ mustBe(
  'text with a hash tag, like "{jobs}:", without spaces and of at most 100 characters',
  (value) => typeof value === "string" && value.length <= MOST_LENGTH && PREFIX.test(value),
);
