import { handle } from "@longshore/core";
import { welcome } from "./jobs.ts";

// In place of your database.
const users = new Set([1, 2, 42]);

export const handlers = [
  handle(welcome, ({ userId }, { log }) => {
    // What throws comes again, as the definition's policy says: here, perhaps the user's row was not there yet.
    if (!users.has(userId)) throw new Error(`there is no user ${userId}`);
    log.info("welcome", { userId });
  }),
];
