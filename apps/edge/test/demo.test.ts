import { afterEach, describe, expect, test, vi } from "vitest";
import { type Told, alertProblems, createInbox, stateOf } from "../demo/alerts.ts";
import { type DeadLetter, letterProblems } from "../demo/dead-letters.ts";
import { classifyMissing } from "../demo/missing.ts";
import { mostAtOnce, orderProblems } from "../demo/order.ts";
import { stallSignal } from "../demo/stall.ts";

// What the demo would find, shown to be found.

const alert = (state: Told["state"], at: number, rule = "deadLetters"): Told => ({
  id: `$alert:${rule}:${at}`,
  afterMs: at,
  rule,
  state,
  at,
  severity: "warning",
  value: 1,
  threshold: 0,
});
const [firing, resolved] = [alert("firing", 1), alert("resolved", 2)];
const stoodSo = (rule: string, state: string) => [
  expect.stringContaining(`${rule} ${state} came, but the rule stood so`),
];

describe("alerts", () => {
  test("that come and go with the dead letters are as they should be, in whichever order they arrive", () => {
    expect(alertProblems([firing, resolved], { died: 3, left: 0 })).toEqual([]);
    expect(alertProblems([resolved, firing], { died: 3, left: 0 })).toEqual([]);
    expect(alertProblems([firing], { died: 3, left: 1 })).toEqual([]);
    expect(alertProblems([firing, resolved, alert("firing", 2, "depth")], { died: 3, left: 0 })).toEqual([]);
    expect(alertProblems([], { died: 0, left: 0 })).toEqual([]);
  });

  test("of one turn under two ids are found", () => {
    const again = { ...firing, id: "another" };
    expect(alertProblems([firing, again, resolved], { died: 3, left: 0 })).toEqual(stoodSo("deadLetters", "firing"));
  });

  test("that resolve what never fired are found", () => {
    const told = [firing, resolved, alert("resolved", 1, "depth")];
    expect(alertProblems(told, { died: 3, left: 0 })).toEqual(stoodSo("depth", "resolved"));
  });

  test("that are missing are found", () => {
    expect(alertProblems([], { died: 3, left: 0 })).toEqual(["3 jobs died, and no alert deadLetters firing came"]);
    expect(alertProblems([firing], { died: 3, left: 0 })).toEqual([
      "no dead letter is left, and no alert deadLetters resolved came",
    ]);
  });

  test("that are sent again under their id are taken once", () => {
    const inbox = createInbox();
    for (const id of ["a", "a", "b"]) inbox.take(id, JSON.stringify({ data: firing }));
    expect(inbox.told.map(({ id }) => id)).toEqual(["a", "b"]);
    expect([stateOf(inbox.told, "deadLetters"), stateOf(inbox.told, "depth")]).toEqual(["firing", "resolved"]);
  });
});

describe("dead letters", () => {
  const letter = (delivery: string, message: string): DeadLetter => ({
    id: `relay:${delivery}:local`,
    metadata: { delivery },
    failures: [{ message }],
  });
  const letters = [letter("d-1", "local answered 500."), letter("d-2", "local could not be reached (Error).")];
  const errors = letters.map(({ failures }) => ({ message: failures[0]?.message ?? "", count: 1 }));

  test("that died of what the subscriber answered, and are all counted, are as they should be", () => {
    expect(letterProblems(letters, errors, new Map([["d-1", [429, 500]]]))).toEqual([]);
  });

  test("that died of an answer that was never given are found", () => {
    for (const answers of [new Map(), new Map([["d-1", [204]]]), new Map([["d-2", [500]]])]) {
      expect(letterProblems(letters, errors, answers)).toEqual([
        "dead of answers that the subscriber never gave: relay:d-1:local (500)",
      ]);
    }
  });

  test("that are listed and not counted are found", () => {
    expect(letterProblems(letters, errors.slice(1), new Map([["d-1", [500]]]))).toEqual([
      "/dead/errors counts 1 letters, and /dead lists 2",
    ]);
  });
});

describe("webhooks that are missing in the ledger", () => {
  const left = { waiting: new Set(["waits"]), dead: new Set(["died"]) };

  test("wait, are dead letters, came meanwhile, or are lost", () => {
    const missing = ["waits", "died", "came", "gone"];
    expect(classifyMissing(missing, left, new Map([["came", 1]]))).toEqual({
      waiting: ["waits"],
      lost: ["gone"],
      unknown: [],
    });
  });

  test("are unknown, and not lost, where the app does not say how it stands", () => {
    const unheard = classifyMissing(["waits", "came", "gone"], undefined, new Map([["came", 1]]));
    expect(unheard).toEqual({ waiting: [], lost: [], unknown: ["waits", "gone"] });
  });
});

describe("the subscriber's ledger", () => {
  const ask = (id: string, from: number, until: number) => ({ id, from, until });
  const post = (from: number, repository: string | undefined = "octo/a") => ({ repository, from, until: from + 1 });

  test("tells how many events it had in hand at once", () => {
    expect(mostAtOnce([])).toBe(0);
    expect(mostAtOnce([ask("a", 0, 10), ask("b", 5, 15), ask("c", 10, 20)])).toBe(2);
    expect(mostAtOnce([ask("a", 0, 10), ask("b", 5, 15), ask("c", 9, 20)])).toBe(3);
    // The same event, sent again before the first request was given up.
    expect(mostAtOnce([ask("a", 0, 10), ask("a", 5, 15)])).toBe(1);
  });

  test("tells which events of a repository came out of order", () => {
    const posted = new Map([
      ["a", post(0)],
      ["b", post(2)],
    ]);
    expect(orderProblems([ask("a", 10, 11), ask("a", 12, 13), ask("b", 14, 15)], posted)).toEqual({
      pairs: 1,
      problems: [],
    });
    const problems = ["b came before a, of octo/a, was done with"];
    expect(orderProblems([ask("b", 10, 11), ask("a", 12, 13)], posted).problems).toEqual(problems);
    expect(orderProblems([ask("a", 10, 11), ask("b", 12, 13), ask("a", 14, 15)], posted).problems).toEqual(problems);
  });

  test("says nothing of the order of two that were posted at once, or are of two repositories, or of none", () => {
    const asks = [ask("b", 10, 11), ask("a", 12, 13)];
    for (const other of [post(0.5), post(2, "octo/b")]) {
      const posted = new Map([
        ["a", post(0)],
        ["b", other],
      ]);
      expect(orderProblems(asks, posted)).toEqual({ pairs: 0, problems: [] });
    }
    const none = { ...post(0), repository: undefined };
    expect(
      orderProblems(
        asks,
        new Map([
          ["a", none],
          ["b", { ...none, from: 2 }],
        ]),
      ),
    ).toEqual({ pairs: 0, problems: [] });
  });
});

describe("stallSignal", () => {
  afterEach(() => void vi.useRealTimers());

  test("has no end while something moves, however slowly, and one once nothing does", () => {
    vi.useFakeTimers();
    let moved = 0;
    const { signal, end } = stallSignal(() => `${moved}`, 60);
    for (; moved < 100; moved++) vi.advanceTimersByTime(59_000);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(61_000);
    expect(signal.aborted).toBe(true);
    end();
  });
});
