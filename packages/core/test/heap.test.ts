import { expect, test } from "vitest";
import { type HeapItem, createHeap } from "../src/values/heap.ts";

/** A small generator, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

test("a heap gives its items in order, whatever was pushed and removed before", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const below = random(seed);
    const heap = createHeap<HeapItem>();
    const inside = new Set<HeapItem>();
    for (let seq = 0; seq < 200; seq++) {
      const item: HeapItem = { key: below(20), seq, place: 0 };
      heap.push(item);
      inside.add(item);
      const victim = below(3) === 0 ? [...inside][below(inside.size)] : undefined;
      if (victim === undefined) continue;
      heap.remove(victim);
      inside.delete(victim);
    }
    const sorted = [...inside].toSorted((a, b) => a.key - b.key || a.seq - b.seq);
    const popped: HeapItem[] = [];
    for (let first = heap.first(); first !== undefined; first = heap.first()) {
      heap.remove(first);
      popped.push(first);
    }
    expect(popped).toEqual(sorted);
    expect(heap.size()).toBe(0);
  }
});
