import { existsSync, writeFileSync } from "node:fs";
import { localSecrets, varsFile } from "./secrets.ts";

// What `wrangler dev` reads its secrets from; made once, and never overwritten.
const file = new URL("../.dev.vars", import.meta.url);
if (!existsSync(file)) {
  writeFileSync(file, varsFile({ ...localSecrets(), DEV_LOOPBACK: "allow", SUBSCRIBERS: "[]" }), { mode: 0o600 });
  console.log("Made apps/edge/.dev.vars with secrets for this machine; .dev.vars.example says what else it may hold.");
}
