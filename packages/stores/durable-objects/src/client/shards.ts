/**
 * The shard of a key: FNV-1a over its UTF-16 units, both halves folded together, modulo the number of shards. Never
 * change it: it decides where jobs are.
 */
export function shardOf(key: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 16)) >>> 0) % shards;
}
