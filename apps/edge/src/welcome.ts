import { type Handler, handle } from "@longshore/core";
import { sendWelcomeEmail } from "./jobs.ts";
import { sendMail } from "./mail.ts";
import type { Fetch } from "@longshore/signals";
import type { Settings } from "./settings.ts";

export function welcomeHandler(settings: Settings, fetch: Fetch): Handler {
  return handle(sendWelcomeEmail, async ({ email, name }, { id, signal }) => {
    const text = `Hello ${name ?? "there"},\n\nyour account is ready.\n`;
    await sendMail({ to: email, subject: "Welcome", text, key: id }, signal, settings, fetch);
  });
}
