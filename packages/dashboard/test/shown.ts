import type { Browser, BrowserContext, Page } from "playwright-core";
import { dashboard, type Viewer } from "../src/index.ts";
import { type Shop, openShop } from "./setting.ts";
import { complaintsOf, openSite } from "./site.ts";

type Line = Readonly<Record<string, unknown>>;

/** A page over a store in this process, in a browser's context of its own. */
export type Shown = Shop & {
  readonly page: Page;
  readonly url: string;
  readonly complaints: readonly string[];
  /** The audit. */
  readonly lines: readonly Line[];
  close(): Promise<void>;
};

export const OPERATOR: Viewer = { name: "operator", actions: true, payloads: true };

export async function showShop(
  browser: Browser,
  { viewer = OPERATOR, ...context }: NonNullable<Parameters<Browser["newContext"]>[0]> & { viewer?: Viewer } = {},
): Promise<Shown> {
  const shop = await openShop();
  const lines: Line[] = [];
  const tell = (line: Line): void => void lines.push(line);
  const log = { debug: tell, info: tell, warn: tell, error: tell };
  const platform = { now: shop.clock.now, id: () => "reference" };
  const { adapter, schedules, rules, definitions } = shop;
  const site = await openSite(
    dashboard(adapter, { authorize: () => viewer, schedules, definitions, rules, log, platform }),
  );
  const opened: BrowserContext = await browser.newContext(context);
  opened.setDefaultTimeout(120_000);
  const page = await opened.newPage();
  return {
    ...shop,
    page,
    url: site.url,
    complaints: complaintsOf(page),
    lines,
    async close() {
      await opened.close();
      await site.close();
    },
  };
}
