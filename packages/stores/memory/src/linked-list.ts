/** An item of a linked list. Only the list sets `before` and `behind`. */
export type ListItem<T> = { before: T | undefined; behind: T | undefined };

/** First in, first out, and any item can be removed: a doubly linked list, every operation in O(1). */
export type LinkedList<T> = {
  first(): T | undefined;
  last(): T | undefined;
  push(item: T): void;
  remove(item: T): void;
};

export function createLinkedList<T extends ListItem<T>>(): LinkedList<T> {
  let first: T | undefined;
  let last: T | undefined;
  return {
    first: () => first,
    last: () => last,
    push(item) {
      item.before = last;
      if (last === undefined) first = item;
      else last.behind = item;
      last = item;
    },
    remove(item) {
      const { before, behind } = item;
      if (before === undefined) first = behind;
      else before.behind = behind;
      if (behind === undefined) last = before;
      else behind.before = before;
      item.before = undefined;
      item.behind = undefined;
    },
  };
}
