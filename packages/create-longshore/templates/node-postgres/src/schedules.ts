import { every, schedule } from "@longshore/core";
import { report } from "./jobs.ts";

/** For times of day: `cron("0 8 * * *", { timeZone: "Europe/Berlin" })` of `@longshore/core/cron`. */
export const schedules = [schedule("report", every("5m"), report.with({}))];
