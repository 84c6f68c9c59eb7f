import { Pool } from "pg";
import { type Postgres, postgres } from "../src/index.ts";

export type Contender = { readonly jobs: Postgres; readonly connections: Pool; end(): Promise<void> };

/** Stores of several processes: a pool for each. `undone`: what the server has undone, such as a deadlock. */
export function openContenders(
  connectionString: string | undefined,
  schema: string,
  amount: number,
): { readonly contenders: readonly Contender[]; readonly undone: readonly unknown[] } {
  const undone: unknown[] = [];
  const contenders = Array.from({ length: amount }, () => {
    const connections = new Pool({ connectionString, max: 3 });
    const jobs = postgres(
      async (text, parameters) => {
        try {
          return await connections.query(text, parameters);
        } catch (error) {
          const { code, message, where } = Object(error);
          undone.push([code, message, where]);
          throw error;
        }
      },
      { schema },
    );
    return { jobs, connections, end: () => connections.end() };
  });
  return { contenders, undone };
}
