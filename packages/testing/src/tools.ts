/** For suites that build on this package: time that they move, turns of the event loop, chance that repeats itself. */
export { AssertionError } from "./assertion-error.ts";
export { promiseFlush, turn } from "./event-loop.ts";
export { seeded } from "./random.ts";
export { START, type VirtualTime, virtualTime } from "./virtual-time.ts";
