/** The version of new tables. Each grows with what is in them: code that finds a newer one was rolled back too far. */
export const FORMAT = 1;
/** The version once there was a job with a unique key: older code would not free it. */
export const KEYED_FORMAT = 2;
/** The version once there was a job with limits: older code would not keep them. */
export const LIMITED_FORMAT = 3;
/** The version once there was a job that comes after others: older code would not free it. */
export const LINKED_FORMAT = 4;
/** The version once there was a job that must begin in time: older code would begin it late. */
export const EXPIRING_FORMAT = 5;
/** The version once there was a job with a rate: older code would start it at once. */
export const THROTTLED_FORMAT = 6;
/** The version once a queue was counted: older code would not go on counting. */
export const DEPTH_FORMAT = 7;
/** The version once there was a job with an order: older code would let others pass it. */
export const ORDERED_FORMAT = 8;
/** The version once there was a job in the ledger: older code would not find it. */
export const LEDGER_FORMAT = 9;
/** The version once an ended job was kept without a row of its own: older code would not find it, nor let it go. */
export const KEPT_FORMAT = 10;
/** The version once there was a job with a unique key in the ledger: older code would make another one with its key. */
export const KEYED_LEDGER_FORMAT = 11;
/** The version of a file: older code would take numbers without a word to others, who write a lone job by their memory. */
export const SHARED_FORMAT = 12;
