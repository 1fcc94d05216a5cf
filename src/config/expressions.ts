import { Fragment, quoteIdentifier } from './names.ts';
import type { Config } from './schema.ts';

/** Expressions that a column's absence turns into a constant. */
export function expressionsOf(
  config: Config,
  balances: Config['balances'],
  legacyColumns: 'kept' | 'retired' | 'dropped',
) {
  const column = (row: string, name: string | undefined) =>
    new Fragment(name ? `${row}.${quoteIdentifier(name)}` : 'null::numeric');
  const consume = config.functions.consume;
  const nothing = new Fragment('null::numeric');
  const legacy = {
    kept: { total: column('v_row', balances.legacy.total), balance: column('v_row', balances.legacy.balance) },
    retired: {
      total: column('v_row', balances.legacy.total && `${balances.legacy.total}_retired`),
      balance: column('v_row', `${balances.legacy.balance}_retired`),
    },
    dropped: { total: nothing, balance: nothing },
  };
  return {
    expressions: {
      consume: {
        organization: new Fragment(quoteIdentifier(consume.organization)),
        action: new Fragment(quoteIdentifier(consume.action)),
        quantity: new Fragment(quoteIdentifier(consume.quantity ?? 'p_quantity')),
        user: new Fragment('p_user_id'),
        idempotencyKey: new Fragment('p_idempotency_key'),
        metadata: new Fragment('p_metadata'),
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
    },
    legacy: legacy[legacyColumns],
    ...legacy,
    page: { total: column('b', balances.legacy.total), balance: column('b', balances.legacy.balance) },
    rule: {
      value: new Fragment(balances.plan ? `b.${quoteIdentifier(balances.plan)}::text` : 'null::text'),
      active: new Fragment(balances.active ? `b.${quoteIdentifier(balances.active)}` : 'null::boolean'),
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
