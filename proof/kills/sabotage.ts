/** A change of one place of what a package was built to. */
export type Patch = {
  /** In `packages`. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly put: string;
};

/** One way to break the product, or what it stands on, which the kill loop must find. */
export type Sabotage = {
  readonly what: string;
  readonly patches: readonly Patch[];
  /** Settings of the database's server. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** The file's text, broken. Fails where the product has changed so that the patch no longer applies. */
export function applied({ file, find, put }: Patch, text: string): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`The sabotage's text stands ${parts.length - 1} times in ${file}: ${find}`);
  return parts.join(put);
}
