/**
 * For suites that build on this package: time that they move, turns of the event loop, chance that repeats itself, faults
 * and the line that has them.
 */
export { AssertionError } from "./assertion-error.ts";
export { promiseFlush, turn } from "./event-loop.ts";
export { type Faults, type Injected, createFaults } from "./faults/draw.ts";
export { CALL_FAULTS, type CallFault } from "./faults/kinds.ts";
export { type Line, Unreachable, send } from "./faults/line.ts";
export { randomFor, seeded } from "./random.ts";
export { START, type VirtualTime, virtualTime } from "./virtual-time.ts";
