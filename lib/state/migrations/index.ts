import { mapping } from './001-mapping';
import { feeds } from './002-feeds';
import { workflows } from './003-workflows';
import { toldFailures } from './004-told-failures';
import { usageRecords } from './005-usage-records';
import { approvals } from './006-approvals';
import { metering } from './007-metering';
import { tenants } from './008-tenants';
import { eventReplays } from './009-event-replays';
import { goneTenants } from './010-gone-tenants';
import { digestTimes } from './011-digest-times';
import { foldedIds } from './012-folded-ids';
import { lateIds } from './013-late-ids';
import { stepBegun } from './014-step-begun';
import { newBeginnings } from './015-new-beginnings';
import { deliveryParts } from './016-delivery-parts';
import { longKeys } from './017-long-keys';
import { deskActs } from './018-desk-acts';
import { letters } from './019-letters';
import { mappingImports } from './020-mapping-imports';
import { attention } from './021-attention';
import { runLists } from './022-run-lists';
import { usageTotals } from './023-usage-totals';
import { questions } from './024-questions';
import { runKeys } from './025-run-keys';
import { subRuns } from './026-sub-runs';
import { stepTries } from './027-step-tries';
import { runStarts } from './028-run-starts';
import { stepSources } from './029-step-sources';
import type { Migration } from './migration';

/** Every migration, oldest first: `migrate` applies those above the store's number in this order, and takes the last one's number
 *  for the newest schema. A new one is one file and one line here. */
export const migrations: readonly Migration[] = [
  mapping,
  feeds,
  workflows,
  toldFailures,
  usageRecords,
  approvals,
  metering,
  tenants,
  eventReplays,
  goneTenants,
  digestTimes,
  foldedIds,
  lateIds,
  stepBegun,
  newBeginnings,
  deliveryParts,
  longKeys,
  deskActs,
  letters,
  mappingImports,
  attention,
  runLists,
  usageTotals,
  questions,
  runKeys,
  subRuns,
  stepTries,
  runStarts,
  stepSources,
];
