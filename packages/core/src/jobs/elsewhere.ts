const RETRY = "retry: exponential({ attempts: 5 }) in defineJob";
const UNIQUE = "unique: { key } in defineJob";
const THROTTLE = 'throttle: { limit: 100, per: "1m" } in defineJob';
const SCHEDULES = "schedules: [schedule(name, rule, request)] in createWorker";

/** What to write in place of the options that BullMQ, pg-boss, graphile-worker and Inngest have for it. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  concurrency: "queues: { default: 10 } in createWorker",
  attempts: RETRY,
  retries: RETRY,
  maxAttempts: RETRY,
  retryLimit: RETRY,
  backoff: RETRY,
  jobId: "id in enqueue",
  singletonKey: UNIQUE,
  jobKey: UNIQUE,
  deduplication: UNIQUE,
  limiter: THROTTLE,
  rateLimit: THROTTLE,
  startAfter: 'delay: "1m" in enqueue',
  removeOnComplete: "keep: 0 in defineJob",
  expireInSeconds: 'timeout: "15m" in defineJob',
  cron: SCHEDULES,
  repeat: SCHEDULES,
};
