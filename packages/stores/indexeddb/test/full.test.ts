import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { newProfile, noChromium } from "./chromium.ts";
import { openSite } from "./site.ts";

/** A disk of this size. Returns why there is none, if only root may mount one. */
function mount(folder: string, megabytes: number): string | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `no small disk could be mounted: ${String(error).slice(0, 100)}`;
  }
}

test("a full disk refuses jobs, keeps those that it took, and can be drained (F130)", async (context) => {
  if (noChromium !== undefined) context.skip(noChromium);
  const { folder, remove } = newProfile();
  const missing = mount(folder, 100);
  if (missing !== undefined) {
    remove();
    context.skip(missing);
  }
  try {
    const site = await openSite({ profile: folder });
    try {
      const tab = await site.tab();
      // As a worker does at its start.
      await tab.call("prune");
      await tab.call("enqueue", 0, 500, 1_000);
      const refusal = { code: "enqueue_failed", message: expect.stringContaining("gives no more storage") };
      expect(await tab.call("fill", 10, 900_000)).toEqual(refusal);
      expect(await tab.call("fill", 100, 1_000)).toEqual(refusal);
      const drained = await tab.call<string[]>("drain", 10);
      expect(drained.filter((id) => id.startsWith("job-")).length).toBe(500);
      // Afterwards: what a browser does with its files when much was read may need room.
      const [acknowledged, there] = [await tab.call<string[]>("filled"), await tab.call<string[]>("ids")];
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(acknowledged.filter((id) => !there.includes(id))).toEqual([]);
    } finally {
      await site.close();
    }
  } finally {
    execFileSync("umount", [folder]);
    remove();
  }
});
