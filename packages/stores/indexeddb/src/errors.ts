import { LongshoreError } from "@longshore/core";

/** The browser's error as one of this library, with the browser's own as its cause, or unchanged if it says enough. */
export function explained(error: unknown, name: string): unknown {
  switch (nameOf(error)) {
    case "QuotaExceededError":
      return new LongshoreError(
        "enqueue_failed",
        `The browser gives no more storage to ${name}: let workers drain it, remove what is not needed, or keep ended jobs for a shorter time.`,
        { cause: error },
      );
    case "VersionError":
      return new LongshoreError(
        "invalid_option",
        `${name} was made by a newer version of @longshore/indexeddb: reload the page, so that it runs the same.`,
        { cause: error },
      );
    // The connection was closed in the middle of the call.
    case "AbortError":
      return new LongshoreError(
        "backend_timeout",
        `The browser closed ${name} during a call, as it does when the site's data is cleared. Repeat the call.`,
        { cause: error },
      );
    default:
      return error;
  }
}

export function isFull(error: unknown): boolean {
  return nameOf(Object(error).cause) === "QuotaExceededError";
}

/** By shape: the error may be of another realm, and browsers have had different classes for the same error. */
export function nameOf(error: unknown): unknown {
  return Object(error).name;
}

export function noStorage(name: string, cause?: unknown): LongshoreError {
  return new LongshoreError(
    "invalid_option",
    `There is no IndexedDB for ${name} here: the browser forbids it (some do in private windows, or if site data is blocked), or this is no browser. memory() keeps jobs while the page stands.`,
    { cause },
  );
}

export function blocked(name: string): LongshoreError {
  return new LongshoreError(
    "store_in_use",
    `Another tab or worker has an older version of ${name} open and does not close it: close or reload the site's other tabs.`,
  );
}
