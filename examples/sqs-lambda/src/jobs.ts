import { defineJob } from "@longshore/core";
import { z } from "zod";

export const welcome = defineJob("send-welcome-email", { input: z.object({ userId: z.number() }) });
