import { olderThan } from './activity/long-transactions.ts';
import { preparedTransactions } from './activity/prepared-transactions.ts';
import { replicationSlots } from './activity/replication-slots.ts';
import type { Criterion } from './criterion.ts';
import { archiving } from './disk/archiving.ts';
import { growth } from './disk/growth.ts';
import { walRoom } from './disk/wal-room.ts';
import { application } from './functions/application.ts';
import { charges } from './functions/charges.ts';
import { legacyColumns } from './functions/legacy-columns.ts';
import { OBSTACLES } from './obstacles.ts';
import { configuration } from './plan/configuration.ts';
import { planConflicts } from './plan/conflicts.ts';
import { loggedActions } from './plan/logged-actions.ts';
import { backup } from './proof/backup.ts';
import { baseline } from './proof/baseline.ts';
import { rehearsal } from './proof/rehearsal.ts';
import { roles } from './proof/roles.ts';
import { connections } from './server/connections.ts';
import { directConnection } from './server/direct-connection.ts';
import { lockRoom } from './server/lock-room.ts';
import { takesWrites } from './server/takes-writes.ts';
import { timeLimits } from './server/time-limits.ts';
import { version } from './server/version.ts';
import { duplicateIndexes } from './tables/duplicate-indexes.ts';
import { indexesValid } from './tables/indexes-valid.ts';
import { logCascades } from './tables/log-cascades.ts';
import { publications } from './tables/publications.ts';
import { rowTypes } from './tables/row-types.ts';
import { userTriggers } from './tables/user-triggers.ts';

/** Every criterion, in the order in which they are judged and shown. Adding one costs its file and an entry here. */
export const CRITERIA: readonly Criterion[] = [
  version,
  takesWrites,
  directConnection,
  connections,
  timeLimits,
  lockRoom,
  growth,
  walRoom,
  archiving,
  olderThan(60),
  preparedTransactions,
  replicationSlots,
  indexesValid,
  duplicateIndexes,
  userTriggers,
  logCascades,
  publications,
  rowTypes,
  ...OBSTACLES,
  charges,
  legacyColumns,
  application,
  configuration,
  planConflicts,
  loggedActions,
  backup,
  rehearsal,
  roles,
  baseline,
];

/** What migrate asks besides its own obstacles and conflicts: cheap, and sure to stop it halfway. */
export const GATE: readonly Criterion[] = [takesWrites, preparedTransactions];
