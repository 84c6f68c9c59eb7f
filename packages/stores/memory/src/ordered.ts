import { type Heap, type HeapItem, createHeap, isBefore } from "@longshore/core/adapter";

import { type ListItem, createLinkedList } from "./linked-list.ts";

/** Items by `key`, then by `seq`, any of which can be removed. */
export type Ordered<T extends HeapItem> = Omit<Heap<T>, "push"> & {
  /** `mayBeLast`: false for one that most of those to come will go before. */
  push(item: T, mayBeLast?: boolean): void;
};

/** The `place` of an item in the list; in the heap it is an index. */
const IN_LIST = -1;

/** Most items come after all others: they join a linked list, O(1) in and out. The rest go to a heap, O(log n). */
export function createOrdered<T extends HeapItem & ListItem<T>>(): Ordered<T> {
  const list = createLinkedList<T>();
  const heap = createHeap<T>();
  let listed = 0;
  return {
    size: () => listed + heap.size(),
    first() {
      const head = list.first();
      const early = heap.first();
      return head === undefined || (early !== undefined && isBefore(early, head)) ? early : head;
    },
    push(item, mayBeLast = true) {
      const last = list.last();
      if (!mayBeLast || (last !== undefined && !isBefore(last, item))) return heap.push(item);
      item.place = IN_LIST;
      listed++;
      list.push(item);
    },
    remove(item) {
      if (item.place !== IN_LIST) return heap.remove(item);
      listed--;
      list.remove(item);
    },
  };
}
