import { type Check, mustBe } from "@longshore/core/adapter";

export const anInstant: Check = mustBe("an instant: ms since the epoch or a Date", (value) =>
  Number.isSafeInteger(Object.prototype.toString.call(value) === "[object Date]" ? Number(value) : value),
);
