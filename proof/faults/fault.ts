/**
 * Where a bug can be shown: S the simulator, C the conformance suite, K a kill loop, D inside a Durable Object,
 * B a browser, U a unit or property test, X hostile input.
 */
type Layer = "S" | "C" | "K" | "D" | "B" | "U" | "X";

/** A bug that somebody's job queue had, and that ours could have. */
export type Fault = {
  readonly id: string;
  /** In a few words. */
  readonly title: string;
  /** In one sentence: what went wrong. */
  readonly wentWrong: string;
  /** Where it is described: `owner/name#number` where it is an issue or a pull request on GitHub, else in words. */
  readonly sources: readonly string[];
  readonly layers: readonly Layer[];
};
