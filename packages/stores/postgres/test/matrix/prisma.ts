import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** The parts of Prisma's client used here; its own types are generated with it. */
type Transaction = { $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<object[]> };
export type Prisma = {
  $transaction(work: (transaction: Transaction) => Promise<void>): Promise<void>;
  $disconnect(): Promise<void>;
};
type Modules = [
  { PrismaPg: new (options: { connectionString: string }) => object },
  { PrismaClient: new (options: { adapter: object }) => Prisma },
];

const PACKAGES = ["prisma@7.10.0", "@prisma/client@7.10.0", "@prisma/adapter-pg@7.10.0"];
const SCHEMA = `
generator client {
  provider = "prisma-client"
  output   = "generated"
}
datasource db {
  provider = "postgresql"
}
`;

/** Generates a client, in a folder of its own: it takes 300 MB, which no other test needs. */
export async function openPrisma(connectionString: string): Promise<Prisma> {
  const cwd = mkdtempSync(join(tmpdir(), "longshore-prisma-"));
  process.once("exit", () => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(cwd, "schema.prisma"), SCHEMA);
  const run = (command: string, ...args: string[]): void => {
    // A client needs no engine, but Prisma looks for one, and would download it.
    const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true" };
    execFileSync(command, args, { cwd, env, stdio: "ignore" });
  };
  run("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", ...PACKAGES);
  run(join(cwd, "node_modules/.bin/prisma"), "generate", "--schema", "schema.prisma");
  const modules = ["node_modules/@prisma/adapter-pg/dist/index.mjs", "generated/client.ts"];
  const [{ PrismaPg }, { PrismaClient }] = (await Promise.all(
    modules.map((path) => import(/* @vite-ignore */ join(cwd, path))),
  )) as Modules; // as the two packages export them
  return new PrismaClient({ adapter: new PrismaPg({ connectionString }) });
}
