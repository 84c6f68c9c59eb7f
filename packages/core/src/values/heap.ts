/** An item of a heap, ordered by `key`, then by `seq`. The heap sets `place`, the item's index. */
export type HeapItem = { key: number; readonly seq: number; place: number };

/** A binary min-heap that can remove any item, in O(log n). An item may be in one heap only. */
export type Heap<T extends HeapItem> = {
  size(): number;
  first(): T | undefined;
  push(item: T): void;
  remove(item: T): void;
};

export function createHeap<T extends HeapItem>(): Heap<T> {
  const items: T[] = [];

  const put = (item: T, place: number): void => {
    items[place] = item;
    item.place = place;
  };
  const rise = (item: T, from: number): void => {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || !isBefore(item, parent)) break;
      put(parent, place);
      place = above;
    }
    put(item, place);
  };
  const sink = (item: T, from: number): void => {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      let child = items[below];
      if (child === undefined) break;
      const right = items[below + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        below += 1;
      }
      if (!isBefore(child, item)) break;
      put(child, place);
      place = below;
    }
    put(item, place);
  };

  return {
    size: () => items.length,
    first: () => items[0],
    push(item) {
      rise(item, items.length);
    },
    remove(item) {
      const { place } = item;
      const last = items.pop();
      if (last === undefined || last === item) return;
      const parent = items[(place - 1) >> 1];
      if (place > 0 && parent !== undefined && isBefore(last, parent)) rise(last, place);
      else sink(last, place);
    },
  };
}

export function isBefore(a: HeapItem, b: HeapItem): boolean {
  return a.key < b.key || (a.key === b.key && a.seq < b.seq);
}
