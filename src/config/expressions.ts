import { legacyBalance } from './legacy.ts';
import { Fragment, parseQualified, quoteIdentifier, quoteLiteral } from './names.ts';
import type { Config } from './schema.ts';

/** Whether a row b is active, by a boolean column or by the value of one; null where nothing tells. */
function activeOf(active: Config['balances']['active']): string {
  if (active === undefined) return 'null::boolean';
  if (typeof active === 'string') return `b.${quoteIdentifier(active)}`;
  return `(b.${quoteIdentifier(active.column)}::text = any (array[${active.values.map(quoteLiteral).join(', ')}]))`;
}

/** Expressions that a column's absence turns into a constant. */
export function expressionsOf(
  config: Config,
  balances: Config['balances'],
  legacyColumns: 'kept' | 'retired' | 'dropped',
) {
  const column = (row: string, name: string | undefined) =>
    new Fragment(name ? `${row}.${quoteIdentifier(name)}` : 'null::numeric');
  const { organization, action, quantity = 'p_quantity' } = config.functions.consume;
  // Whole, since a parameter may be named as a column is, and the column would win.
  const consume = parseQualified(config.functions.consume.name).name;
  const parameter = (name: string) => new Fragment(`${quoteIdentifier(consume)}.${quoteIdentifier(name)}`);
  const { log } = config;
  const nothing = new Fragment('null::numeric');
  const balance = (row: string, named?: (column: string) => string) =>
    new Fragment(legacyBalance(balances.legacy, row, named));
  const legacyOf = (row: string) => ({
    kept: { total: column(row, balances.legacy.total), balance: balance(row) },
    retired: {
      total: column(row, balances.legacy.total && `${balances.legacy.total}_retired`),
      balance: balance(row, name => `${name}_retired`),
    },
    dropped: { total: nothing, balance: nothing },
  });
  const legacy = legacyOf('v_row');
  return {
    expressions: {
      consume: {
        organization: parameter(organization),
        action: parameter(action),
        quantity: parameter(quantity),
        user: parameter('p_user_id'),
        idempotencyKey: parameter('p_idempotency_key'),
        metadata: parameter('p_metadata'),
      },
      specific: {
        organization: new Fragment('p_organization_id'),
        action: new Fragment("p_pool || '_consumption'"),
        quantity: new Fragment('p_credits'),
        user: new Fragment('null'),
        idempotencyKey: new Fragment('null'),
        metadata: new Fragment(
          "case when p_description is not null then jsonb_build_object('description', p_description) end",
        ),
      },
      reversal: {
        organization: new Fragment('p_organization_id'),
        action: new Fragment(`v_charge.${quoteIdentifier(log.action)}`),
        quantity: new Fragment('- v_quantity'),
        user: new Fragment(`v_charge.${quoteIdentifier(log.user)}`),
        idempotencyKey: new Fragment('p_idempotency_key'),
        metadata: new Fragment("jsonb_strip_nulls(jsonb_build_object('reverses', p_entry, 'reason', p_reason))"),
      },
    },
    legacy: legacy[legacyColumns],
    ...legacy,
    /** As `legacy`, of the balance table under the alias b. */
    page: legacyOf('b')[legacyColumns],
    rule: {
      value: new Fragment(balances.plan ? `b.${quoteIdentifier(balances.plan)}::text` : 'null::text'),
      active: new Fragment(activeOf(balances.active)),
      trial: new Fragment(balances.trial ? `b.${quoteIdentifier(balances.trial)}` : 'null::boolean'),
    },
    writes: {
      totalBefore: column('old', balances.legacy.total),
      totalAfter: column('new', balances.legacy.total),
      planBefore: new Fragment(balances.plan ? `old.${quoteIdentifier(balances.plan)}` : 'null'),
      planAfter: new Fragment(balances.plan ? `new.${quoteIdentifier(balances.plan)}` : 'null'),
    },
  };
}
