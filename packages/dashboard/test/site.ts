import { existsSync } from "node:fs";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { type Browser, type Page, chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

/** Why nothing can be shown in Chromium here; undefined if it can. */
export const noChromium: string | undefined = existsSync(CHROMIUM)
  ? undefined
  : `there is no ${CHROMIUM}: install Debian's chromium`;

type Site = { readonly url: string; close(): Promise<void> };

/** An app on loopback with the dashboard at `/ops`. */
export function openSite(dashboard: (request: Request) => Promise<Response>): Promise<Site> {
  const app = new Hono().all("/ops/*", ({ req }) => dashboard(req.raw));
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
      resolve({
        url: `http://127.0.0.1:${port}/ops/`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            // Chromium opens connections that it may need, and Node waits five minutes for their first request.
            if ("closeAllConnections" in server) server.closeAllConnections();
          }),
      }),
    );
  });
}

/** A browser that talks to nobody but us. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
}

/** What the browser complains of: the page's errors, and what its policy has stopped. Refusals are shown by the page. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !/a status of 4\d\d/.test(message.text())) complaints.push(message.text());
  });
  return complaints;
}
