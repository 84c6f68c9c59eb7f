import { report } from "./report.ts";

Reflect.set(globalThis, "report", report);
