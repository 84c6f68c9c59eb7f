import { codeOf, createWorker } from "@longshore/core";
import { memory } from "@longshore/memory";

/** What becomes of a worker that is made here and now. */
function made(): string {
  try {
    createWorker(memory(), { handlers: [] });
    return "made";
  } catch (error) {
    return String(codeOf(error));
  }
}

const atModuleScope = made();

export default { fetch: () => Response.json([atModuleScope, made()]) };
