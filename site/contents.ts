/** The site's contents, in the order in which a newcomer reads them: the page's file in this repository, and its title. */
export type Section = { readonly title: string; readonly pages: readonly (readonly [file: string, title: string])[] };

const store = (name: string): readonly [string, string] => [`packages/stores/${name}/README.md`, name];
const broker = (name: string): readonly [string, string] => [`packages/brokers/${name}/README.md`, name];
const app = (name: string, title: string): readonly [string, string] => [`apps/${name}/README.md`, title];

export const sections: readonly Section[] = [
  {
    title: "Start",
    pages: [
      ["README.md", "What it is"],
      ["docs/jobs.md", "Jobs"],
      ["docs/running.md", "Running"],
      ["docs/schedules.md", "Schedules"],
      ["docs/testing.md", "Testing"],
      ["docs/errors.md", "Errors"],
    ],
  },
  {
    title: "Which job starts, and when",
    pages: [
      ["docs/uniqueness.md", "Uniqueness"],
      ["docs/limits.md", "Limits"],
      ["docs/dependencies.md", "Dependencies"],
      ["docs/many.md", "Many at once"],
    ],
  },
  {
    title: "Stores and brokers",
    pages: [
      ...["memory", "durable-objects", "sqlite", "d1", "postgres", "redis", "indexeddb"].map(store),
      ...["cloudflare-queues", "sqs", "rabbitmq"].map(broker),
      ["packages/paired/README.md", "paired"],
      ["packages/http/README.md", "http"],
    ],
  },
  {
    title: "Runtimes",
    pages: [
      ["docs/runtimes.md", "What runs where"],
      ["docs/browsers.md", "Browsers"],
      ["docs/deno.md", "Deno"],
      ["docs/bun.md", "Bun"],
    ],
  },
  {
    title: "Operating",
    pages: [
      ["docs/dashboard.md", "Dashboard"],
      ["docs/cli.md", "Command line"],
      ["docs/observing.md", "Observing"],
      ["docs/operating.md", "Dead letters at night"],
      ["docs/scaling.md", "Scaling on Cloudflare"],
      ["docs/shutdown.md", "Shutdown"],
      ["docs/guarantees.md", "Guarantees"],
      ["packages/signals/README.md", "Alerts"],
      ["packages/otel/README.md", "OpenTelemetry"],
    ],
  },
  {
    title: "Complete apps",
    pages: [app("edge", "On Cloudflare"), app("node", "On Node"), app("field", "In a browser")],
  },
  {
    title: "From another library",
    pages: [
      ["docs/from-bullmq.md", "BullMQ"],
      ["docs/from-pg-boss.md", "pg-boss"],
      ["docs/from-graphile-worker.md", "graphile-worker"],
      ["docs/from-cloudflare-queues.md", "Bare Cloudflare Queues"],
      ["docs/from-workbox.md", "Workbox"],
      ["docs/elsewhere.md", "By their names elsewhere"],
    ],
  },
  {
    title: "Inside",
    pages: [
      ["ARCHITECTURE.md", "How the parts fit"],
      ["docs/writing-an-adapter.md", "Writing an adapter"],
      ["CONTRIBUTING.md", "Contributing"],
      ["CHANGELOG.md", "Changelog"],
      ["packages/core/README.md", "core"],
      ["packages/testing/README.md", "testing"],
      ["packages/conformance/README.md", "conformance"],
      ["packages/simulator/README.md", "simulator"],
      ["packages/dashboard/README.md", "dashboard"],
      ["packages/cli/README.md", "longshore"],
      ["packages/create-longshore/README.md", "create-longshore"],
      ["packages/stores/sqlite-engine/README.md", "sqlite-engine"],
    ],
  },
];

/** Where a page is on the site, without an extension: `docs/jobs.md` is `jobs`, a package's README is its folder. */
export function addressOf(file: string): string {
  if (file === "README.md") return "index";
  return file
    .replace(/^docs\//, "")
    .replace(/\/README\.md$/, "")
    .replace(/\.md$/, "")
    .toLowerCase();
}
