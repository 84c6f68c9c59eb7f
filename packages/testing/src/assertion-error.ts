/** What a test expects did not come true. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}
