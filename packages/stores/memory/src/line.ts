/** What stands in a line; `before` and `behind` are the line's own notes. */
export type LineItem<T> = { before: T | undefined; behind: T | undefined };

/** First in, first out, and anybody may leave: a doubly linked list, everything in O(1). */
export type Line<T> = {
  readonly first: T | undefined;
  readonly last: T | undefined;
  push(item: T): void;
  remove(item: T): void;
};

export function createLine<T extends LineItem<T>>(): Line<T> {
  let first: T | undefined;
  let last: T | undefined;
  return {
    get first() {
      return first;
    },
    get last() {
      return last;
    },
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
