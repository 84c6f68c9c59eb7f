import type { Page } from "playwright-core";

/** What somebody does on the page, and sees there. */
export type Visitor = {
  signIn(code: string): Promise<void>;
  /** Resolves when the page says that it is kept. */
  writeNote(text: string): Promise<void>;
  addPhotos(paths: readonly string[]): Promise<void>;
  figure(name: string): Promise<number>;
  /** Resolves once a figure is as wanted. */
  until(name: string, wanted: (value: number) => boolean): Promise<void>;
  /** The ids of all that the page shows. */
  items(): Promise<readonly string[]>;
};

/** Nothing may stand still for as long. */
const LONGEST_WAIT_MS = 180_000;

export function visitorOf(page: Page): Visitor {
  page.setDefaultTimeout(LONGEST_WAIT_MS);
  const figure = async (name: string): Promise<number> =>
    Number(await page.locator(`[data-figure="${name}"]`).textContent());
  const said = page.locator("output");
  return {
    async signIn(code) {
      await page.getByLabel("Access code").fill(code);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByLabel("Access code").waitFor({ state: "detached" });
    },
    async writeNote(text) {
      const before = await page.locator(".item").count();
      await page.getByLabel("Note").fill(text);
      await page.getByRole("button", { name: "Keep note" }).click();
      await page.locator(".item").nth(before).waitFor();
      await said.getByText("Note kept on this device.").waitFor();
    },
    async addPhotos(paths) {
      await page.locator("input[type=file]").setInputFiles([...paths]);
      await said.getByText(`${paths.length} photos kept on this device.`).waitFor();
    },
    figure,
    async until(name, wanted) {
      const endsAt = performance.now() + LONGEST_WAIT_MS;
      while (!wanted(await figure(name))) {
        if (performance.now() > endsAt)
          throw new Error(`The page shows ${await figure(name)} as ${name}, and stays there.`);
        await page.waitForTimeout(100);
      }
    },
    items: () => page.locator(".item").evaluateAll((all) => all.map((one) => one.getAttribute("data-item") ?? "")),
  };
}
