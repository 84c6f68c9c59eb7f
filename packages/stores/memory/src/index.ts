export { type Memory, type MemoryOptions, type MemoryTraits, memory } from "./memory.ts";
