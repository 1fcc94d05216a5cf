import { Fragment, quoteIdentifier as q } from './names.ts';
import type { Config } from './schema.ts';

/**
 * The two columns of a pool, by layout. A charge moves the counter: what is left, or what is used. The limit is the same
 * for both: 0 ≤ counter ≤ total.
 */
const COLUMNS = {
  'available-total': (pool: string) => ({ counter: `${pool}_credits_available`, total: `${pool}_credits_total` }),
  'allocated-used': (pool: string) => ({ counter: `${pool}_used_credits`, total: `${pool}_credits` }),
};

/** The columns that pools have in the balance table, in their order. */
export const poolColumns = (layout: Config['layout'], pool: string) => COLUMNS[layout](pool);

/** What templates and checks see of one pool. */
export function poolModel(config: Config, name: string, pool: Config['pools'][string], index: number) {
  const variables = { cost: `v_cost_${name}`, left: `v_left_${name}`, sum: `v_sum_${name}`, extra: `v_extra_${name}` };
  const columns = poolColumns(config.layout, name);
  return {
    name,
    label: pool.label ?? name,
    purpose: pool.purpose,
    provider: pool.provider,
    position: index + 1,
    first: index === 0,
    legacyValue: pool.legacyValue,
    enabled: pool.enabled,
    type: new Fragment(config.balances.poolType),
    ...columns,
    ...movesOf(config.layout, columns, variables, index + 1),
    /** Column of the summary view. */
    summary: `${name}_credits_available`,
    limit: `${name}_credits_within_total`,
    required: `${name}_credits_required`,
    documentedIndex: `creditshift_balances_${name}`,
    consumed: `${name}_credits_consumed`,
    after: `${name}_credits_after`,
    ...variables,
    allocation: {
      before: `${name}_before`,
      granted: `${name}_granted`,
      forfeited: `${name}_forfeited`,
      after: `${name}_after`,
      extra: `${name}_extra`,
      carried: `${name}_carried`,
    },
  };
}

type Variables = Record<'cost' | 'left' | 'sum' | 'extra', string>;

/** How the counter is read, and what each statement sets it to; the names of variables need no quotes. */
function movesOf(
  layout: Config['layout'],
  { counter, total }: { counter: string; total: string },
  variables: Variables,
  position: number,
) {
  const counts = layout === 'available-total';
  const [cost, left, sum] = [variables.cost, variables.left, variables.sum].map(q);
  const read = (row: string) =>
    new Fragment(counts ? `${row}.${q(counter)}` : `(${row}.${q(total)} - ${row}.${q(counter)})`);
  /** The counter where `left` of `total` are left. */
  const count = (ofTotal: string, leftOver: string) => new Fragment(counts ? leftOver : `${ofTotal} - (${leftOver})`);
  return {
    /** The counter is what is left; else what is used. */
    countsDown: counts,
    /** What is left, of the balance table's row under each alias. */
    available: { b: read('b'), old: read('old'), row: read('v_row') },
    counts: {
      debit: new Fragment(`b.${q(counter)} ${counts ? '-' : '+'} ${cost}`),
      grant: count(`${sum}`, `${left} + ${cost}`),
      allocate: count(`v_target[${position}]`, `${left}`),
      reverse: count(`greatest(${sum}, ${left} - ${cost})`, `${left} - ${cost}`),
      migrate: new Fragment(counts ? `e.credits[${position}]` : '0'),
    },
  };
}
