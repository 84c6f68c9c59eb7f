/** Our own code broken in one way: a patch of one place, applied to a copy of the repository and never to itself. */
export type Mutant = {
  /** Begins with its fault's id. */
  readonly id: string;
  /** The bug of the field that it brings back, by its id in the catalogue. */
  readonly fault: string;
  /** What is patched, from the repository's root. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What is broken, in one sentence. */
  readonly what: string;
  /** The package whose tests are asked. Default: that of the file. */
  readonly testedBy?: string;
  /** The files of its package's tests that are asked about it. Default: all of them. */
  readonly tests?: readonly string[];
};

/** The patched source. Fails where the place to patch is not there, or there more than once. */
export function patched(source: string, { id, file, find, replace }: Mutant): string {
  const found = source.split(find).length - 1;
  if (found !== 1) throw new Error(`${id}: its patch must fit ${file} in one place, but fits in ${found}`);
  if (find === replace) throw new Error(`${id}: its patch changes nothing`);
  return source.replace(find, () => replace);
}

/** The folder of the package that a mutant breaks: `packages/core`. */
export function packageOf({ file }: Mutant): string {
  return file.slice(0, file.indexOf("/src/"));
}
