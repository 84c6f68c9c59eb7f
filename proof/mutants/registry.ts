import { alertingMutants } from "./alerting.ts";
import { browserFamilyMutants } from "./browser-families.ts";
import { browserLimitMutants } from "./browser-limits.ts";
import { cloudflareQueuesMutants } from "./cloudflare-queues.ts";
import { d1FamilyMutants } from "./d1-families.ts";
import { d1KeyMutants } from "./d1-keys.ts";
import { d1LimitMutants } from "./d1-limits.ts";
import { d1Mutants } from "./d1.ts";
import { completingMutants } from "./completing.ts";
import { countingMutants } from "./counting.ts";
import { orderMutants } from "./ordering.ts";
import { depthMutants } from "./depths.ts";
import { durableObjectsMutants } from "./durable-objects.ts";
import { sqliteEngineMutants } from "./sqlite-engine.ts";
import { authorityMutants } from "./authority.ts";
import { httpMutants } from "./http.ts";
import { smallJobMutants } from "./small-jobs.ts";
import { holdingMutants } from "./holding.ts";
import { expiryMutants } from "./expiring.ts";
import { familyMutants } from "./families.ts";
import { keptJobMutants } from "./kept-jobs.ts";
import { keyMutants } from "./keys.ts";
import { updateMutants } from "./updating.ts";
import { limitMutants } from "./limits.ts";
import { loopingMutants } from "./looping.ts";
import { manyMutants } from "./many.ts";
import { memoryLeaseMutants } from "./memory-leases.ts";
import { memoryRowMutants } from "./memory-rows.ts";
import { ageingMutants } from "./ageing.ts";
import type { Mutant } from "./mutant.ts";
import { pairedMutants } from "./paired.ts";
import { plainJobMutants } from "./plain-jobs.ts";
import { postgresMutants } from "./postgres.ts";
import { postgresExpiryMutants } from "./postgres-expiry.ts";
import { postgresFamilyMutants } from "./postgres-families.ts";
import { postgresKeyMutants } from "./postgres-keys.ts";
import { postgresLimitMutants } from "./postgres-limits.ts";
import { producingMutants } from "./producing.ts";
import { redisMutants } from "./redis.ts";
import { runningMutants } from "./running.ts";
import { schedulingMutants } from "./scheduling.ts";
import { schemaMutants } from "./schemas.ts";
import { sqliteMutants } from "./sqlite.ts";
import { throttleMutants } from "./throttling.ts";
import { tickingMutants } from "./ticking.ts";

/** Every way in which we break our own code; each must be noticed. */
export const mutants: readonly Mutant[] = [
  ...producingMutants,
  ...schemaMutants,
  ...runningMutants,
  ...manyMutants,
  ...holdingMutants,
  ...completingMutants,
  ...loopingMutants,
  ...schedulingMutants,
  ...keyMutants,
  ...throttleMutants,
  ...expiryMutants,
  ...depthMutants,
  ...orderMutants,
  ...ageingMutants,
  ...updateMutants,
  ...limitMutants,
  ...familyMutants,
  ...memoryLeaseMutants,
  ...memoryRowMutants,
  ...durableObjectsMutants,
  ...sqliteEngineMutants,
  ...plainJobMutants,
  ...smallJobMutants,
  ...keptJobMutants,
  ...sqliteMutants,
  ...d1Mutants,
  ...d1KeyMutants,
  ...d1LimitMutants,
  ...d1FamilyMutants,
  ...postgresMutants,
  ...postgresExpiryMutants,
  ...postgresFamilyMutants,
  ...postgresKeyMutants,
  ...postgresLimitMutants,
  ...redisMutants,
  ...browserLimitMutants,
  ...browserFamilyMutants,
  ...tickingMutants,
  ...cloudflareQueuesMutants,
  ...pairedMutants,
  ...authorityMutants,
  ...httpMutants,
  ...countingMutants,
  ...alertingMutants,
];
