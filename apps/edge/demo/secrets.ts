import { randomBytes } from "node:crypto";

/** Secrets for this machine alone, new at each call. */
export function localSecrets() {
  return {
    GITHUB_WEBHOOK_SECRET: secret(),
    OPERATOR_TOKEN: secret(),
    USERS_TOKEN: secret(),
    FIELD_TOKEN: secret(),
    FIELD_SECRET: secret() + secret(),
  };
}

/** As Standard Webhooks wants it. */
export function signingSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/** The text of a `.dev.vars` file. */
export function varsFile(vars: Readonly<Record<string, string>>): string {
  return Object.entries(vars)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}

function secret(): string {
  return randomBytes(24).toString("base64url");
}
