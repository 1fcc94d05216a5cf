import { appendOnly } from './audit/append-only.ts';
import { deniedCharges } from './audit/denied-charges.ts';
import { earlierRows } from './audit/earlier-rows.ts';
import { creditsWithoutOrganization } from './balances/credits-without-organization.ts';
import { noFailed } from './balances/no-failed.ts';
import { noNulls } from './balances/no-nulls.ts';
import { noPending } from './balances/no-pending.ts';
import { oneMigrationAllocation } from './balances/one-migration-allocation.ts';
import { organizationsWithoutCredits } from './balances/organizations-without-credits.ts';
import { planUnchanged } from './balances/plan-unchanged.ts';
import { totalsByPlan } from './balances/totals-by-plan.ts';
import { withinLimits } from './balances/within-limits.ts';
import { actionsCharge } from './behaviour/actions-charge.ts';
import { allocatePlan } from './behaviour/allocate-plan.ts';
import { consumeSpecific } from './behaviour/consume-specific.ts';
import { exhaustion } from './behaviour/exhaustion.ts';
import { getAvailable } from './behaviour/get-available.ts';
import { idempotency } from './behaviour/idempotency.ts';
import { multiPool } from './behaviour/multi-pool.ts';
import { refusals } from './behaviour/refusals.ts';
import { reset } from './behaviour/reset.ts';
import { reverse } from './behaviour/reverse.ts';
import { topUp } from './behaviour/top-up.ts';
import type { Check } from './check.ts';
import { balanceChain } from './ledger/balance-chain.ts';
import { equation } from './ledger/equation.ts';
import { journalChain } from './ledger/journal-chain.ts';
import { legacyDelta } from './ledger/legacy-delta.ts';
import { openings } from './ledger/openings.ts';
import { reversals } from './ledger/reversals.ts';
import { sequenceGapless } from './ledger/sequence-gapless.ts';
import { balanceAccounted } from './legacy/balance-accounted.ts';
import { functionInPlace } from './legacy/function-in-place.ts';
import { functionSetAside } from './legacy/function-set-aside.ts';
import { noLateWrites } from './legacy/no-late-writes.ts';
import { bloat } from './performance/bloat.ts';
import { hotUpdates } from './performance/hot-updates.ts';
import { indexes } from './performance/indexes.ts';
import { LATENCIES } from './performance/latency.ts';
import { unusedIndexes } from './performance/unused-indexes.ts';
import { anonymized } from './privacy/anonymized.ts';
import { actionColumns } from './schema/action-columns.ts';
import { balanceColumns } from './schema/balance-columns.ts';
import { balanceTriggers } from './schema/balance-triggers.ts';
import { functionBodies } from './schema/function-bodies.ts';
import { functionsClosed } from './schema/functions-closed.ts';
import { functionsOpen } from './schema/functions-open.ts';
import { limitsPresent } from './schema/limits-present.ts';
import { limitsValidated } from './schema/limits-validated.ts';
import { logColumns } from './schema/log-columns.ts';
import { logIndexes } from './schema/log-indexes.ts';
import { logTriggers } from './schema/log-triggers.ts';
import { nothingLeft } from './schema/nothing-left.ts';
import { oneConsumeFunction } from './schema/one-consume-function.ts';
import { pricingRows } from './schema/pricing-rows.ts';
import { summaryView } from './schema/summary-view.ts';
import { access } from './security/access.ts';
import { execute } from './security/execute.ts';
import { openPolicies } from './security/open-policies.ts';
import { ownerViews } from './security/owner-views.ts';
import { hardened, reach } from './security/reach.ts';
import { rowSecurity } from './security/row-security.ts';
import { searchPath } from './security/search-path.ts';

/** Every check, in the order they are run and shown. Adding one costs a file and an entry here. */
export const CHECKS: readonly Check[] = [
  nothingLeft,
  pricingRows,
  balanceColumns,
  actionColumns,
  logColumns,
  limitsPresent,
  limitsValidated,
  logIndexes,
  logTriggers,
  balanceTriggers,
  functionBodies,
  summaryView,
  functionsClosed,
  functionsOpen,
  oneConsumeFunction,
  oneMigrationAllocation,
  totalsByPlan,
  withinLimits,
  noNulls,
  organizationsWithoutCredits,
  creditsWithoutOrganization,
  noFailed,
  noPending,
  planUnchanged,
  equation,
  sequenceGapless,
  balanceChain,
  legacyDelta,
  reversals,
  openings,
  journalChain,
  actionsCharge,
  exhaustion,
  multiPool,
  idempotency,
  refusals,
  getAvailable,
  consumeSpecific,
  allocatePlan,
  reverse,
  topUp,
  reset,
  appendOnly,
  deniedCharges,
  earlierRows,
  anonymized,
  balanceAccounted,
  functionSetAside,
  functionInPlace,
  noLateWrites,
  searchPath,
  execute,
  ownerViews,
  rowSecurity,
  openPolicies,
  reach,
  hardened,
  access,
  ...LATENCIES,
  indexes,
  unusedIndexes,
  hotUpdates,
  bloat,
];
