/** In which chunks an id may be. Of each id it knows 32 bits of a hash, so whoever asks looks whether it is really there. */
export type IdIndex = {
  /** `size`: how many ids will come, if it is known. */
  clear(size: number): void;
  add(id: string, chunk: number): void;
  /** The id has left the chunk. */
  remove(id: string, chunk: number): void;
  chunksOf(id: string): readonly number[];
};

/**
 * A hash table of two typed arrays, at most three quarters full: 11 to 21 bytes for each id, where a map of the ids
 * would have a hundred. The entries of a chunk count for nothing once it does not stand, and are left behind when the
 * table is made anew.
 */
export function openIdIndex(stands: (chunk: number) => boolean): IdIndex {
  // As many as a power of two.
  let hashes = new Int32Array(0);
  /** Of the hash at the same place; 0 if it is free, -1 if it was taken. Chunks are numbered from 1. */
  let chunks = new Int32Array(0);
  let left = 0;
  // So that nobody can choose ids of one hash.
  const seed = Math.floor(Math.random() * 2 ** 32);

  /** FNV-1a with 32 bits, and its high bits mixed into the low ones, which are the place. */
  const hashOf = (id: string): number => {
    let hash = seed;
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    return hash ^ (hash >>> 13);
  };
  const clear = (size: number): void => {
    let places = 256;
    while (3 * places < 4 * size) places *= 2;
    hashes = new Int32Array(places);
    chunks = new Int32Array(places);
    left = (places / 4) * 3;
  };
  const put = (hash: number, chunk: number): void => {
    const last = hashes.length - 1;
    let at = hash & last;
    while (chunks[at] !== 0) at = (at + 1) & last;
    hashes[at] = hash;
    chunks[at] = chunk;
    left--;
  };
  const makeAnew = (): void => {
    const [oldHashes, oldChunks] = [hashes, chunks];
    const standing = oldChunks.reduce((sum, chunk) => (stands(chunk) ? sum + 1 : sum), 0);
    // Not soon again.
    clear(1.5 * standing);
    oldChunks.forEach((chunk, at) => {
      if (stands(chunk)) put(oldHashes[at] as number, chunk); // both have one length
    });
  };
  /** Of the entries that count. */
  const placesOf = (id: string): number[] => {
    const hash = hashOf(id);
    const last = hashes.length - 1;
    const places: number[] = [];
    for (let at = hash & last; chunks[at] !== 0; at = (at + 1) & last) {
      if (hashes[at] === hash && stands(chunks[at] as number)) places.push(at); // of its length
    }
    return places;
  };

  clear(0);
  return {
    clear,
    add(id, chunk) {
      if (left === 0) makeAnew();
      put(hashOf(id), chunk);
    },
    remove(id, chunk) {
      for (const at of placesOf(id)) if (chunks[at] === chunk) chunks[at] = -1;
    },
    chunksOf: (id) => placesOf(id).map((at) => chunks[at] as number), // of its length
  };
}
