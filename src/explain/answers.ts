/** What a caller of a function in the database has to know about one of its codes. */
export interface AnswerExplanation {
  because: string;
  next: string;
}

/**
 * Every code that the functions give: as `code` of a refusal, or as the hint of an error with SQLSTATE 22023. Each leaves
 * balances and ledger as they were.
 */
export const ANSWERS = {
  INSUFFICIENT_CREDITS: {
    because: 'a pool has too little; `required` and `available` of the first that has',
    next: 'sell a top-up or a larger plan: credits top-up, reallocate; the refusal is in the log',
  },
  UNKNOWN_ACTION: {
    because: 'the price list has no such action',
    next: 'correct the name in the caller, or add the action to catalogue: and migrate',
  },
  UNPRICED_ACTION: {
    because: 'no pool pays for the action',
    next: 'say under catalogue: what it charges, and migrate',
  },
  UNKNOWN_ORGANIZATION: {
    because: 'it has no balance row; none is made',
    next: 'give it a balance row as your application does; policies.withoutCredits decides for a migration',
  },
  INVALID_QUANTITY: { because: 'null, zero or negative', next: 'correct the caller: 1 or more' },
  QUANTITY_OVERFLOW: {
    because: 'the cost is beyond the type of the pool',
    next: 'correct the caller, or split the call',
  },
  IDEMPOTENCY_CONFLICT: {
    because:
      'the key was used for another action or quantity, or the payment for another top-up; for the same, the first answer comes again',
    next: 'take a new key for a new call; keep the old one only for the same call again',
  },
  MAINTENANCE: {
    because: 'charging, or what gives back or adds, was switched off while the call was under way',
    next: 'try again later; creditshift status says who paused it, creditshift resume ends it',
  },
  LATE_WRITE: {
    because: 'with `policies.lateWrites: refuse`: who writes the legacy balance after the cutover',
    next: 'find the old code by the server’s log, and let it call the new function',
  },
  UNKNOWN_POOL: {
    because: '`get_available_credits`, `consume_specific_credits`, `top_up_credits`: there is no such pool',
    next: 'correct the name in the caller; pools: in the configuration has them',
  },
  UNKNOWN_PLAN: { because: '`allocate_plan_credits`: there is no such plan', next: 'name a plan of the configuration' },
  ALREADY_ALLOCATED: {
    because: '`allocate_plan_credits` allocates once, and it did',
    next: 'creditshift reallocate --organization KEY --plan NAME, which changes a plan',
  },
  NOT_ALLOCATED: {
    because: '`top_up_credits`, `reset_cycle`: the organization has no pools',
    next: 'creditshift reallocate --organization KEY --plan NAME, which gives it pools',
  },
  UNKNOWN_ENTRY: {
    because: '`reverse_credits`: the number is no charge of the organization, or of before its deletion',
    next: 'take the number that the charge answered as `entry`; creditshift audit export lists them',
  },
  ALREADY_REVERSED: {
    because: '`reverse_credits`: less of the charge is left to reverse',
    next: 'nothing, where the charge was to be given back once; it was',
  },
  INVALID_REFERENCE: {
    because: '`top_up_credits`: no payment reference',
    next: 'give the payment’s own reference: it makes the top-up count once',
  },
  INVALID_PERIOD: { because: '`reset_cycle`: no day', next: 'give the first day of the cycle, like 2026-12-01' },
  PERIOD_PASSED: {
    because: '`reset_cycle`: a later cycle has begun',
    next: 'nothing, where a late retry was refused; or begin a later cycle',
  },
} as const satisfies Record<string, AnswerExplanation>;

/** Raised where only a command of the program sees it. */
export const INNER_ANSWERS = {
  DOWNGRADE_REFUSED: {
    because: '`reallocate`: more is in use than the plan gives, and `policies.downgrade` is refuse',
    next: 'set policies.downgrade to clamp or defer, or take another plan',
  },
} as const satisfies Record<string, AnswerExplanation>;
