/** The commands of who has started this program, by what package managers set for those that they start. */
export type Commands = { readonly install: string; readonly run: (script: string) => string };

const NPM: Commands = {
  install: "npm install",
  run: (script) => (script === "test" ? "npm test" : `npm run ${script}`),
};

const OTHERS: Readonly<Record<string, Commands>> = {
  pnpm: { install: "pnpm install", run: (script) => `pnpm ${script}` },
  yarn: { install: "yarn", run: (script) => `yarn ${script}` },
  // `bun test` would be its own runner.
  bun: { install: "bun install", run: (script) => `bun run ${script}` },
};

export function commandsOf(userAgent: string | undefined): Commands {
  const [name = ""] = (userAgent ?? "").split("/", 1);
  return Object.hasOwn(OTHERS, name) ? (OTHERS[name] ?? NPM) : NPM;
}
