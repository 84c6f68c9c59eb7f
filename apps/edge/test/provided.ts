/** What vitest.config.ts reads in Node for the tests, which run in workerd. */
export type Provided = {
  /** What the deployed app is woken by. */
  readonly crons: readonly string[];
};

declare module "vitest" {
  interface ProvidedContext extends Provided {}
}
