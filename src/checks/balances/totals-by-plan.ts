import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';
import { recordedTerms } from './pricing-terms.ts';

export const totalsByPlan: Check = {
  name: 'balances.totals-by-plan',
  claim:
    'every total is what the organization’s last allocation gave: its plan’s credits, or its share of the legacy balance',
  remedy: 'find out what wrote the total; creditshift reallocate --organization ID sets it by the plan again',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '060_allocate',
  async find({ sql, model }) {
    const owner = `b.${quoteIdentifier(model.balances.owner)}`;
    const totals = model.pools.map(pool => `b.${quoteIdentifier(pool.total)}`);
    const given = totals.map((total, i) => `bool_or(e.credits[${i + 1}] = ${total})`).join(' and ');
    // A new pool is allocated on its own: then the last whole allocation and what followed it give the totals together.
    return select(
      sql,
      `with terms as (
         select * from jsonb_to_recordset($1::text::jsonb) as t (plan text, policy text, credits bigint[], weights bigint[], floors bigint[])
       ), entitled as (
         select a.organization, a.plan,
                case t.policy when 'split' then creditshift.share(a.basis, t.weights, t.floors) else t.credits end as credits
           from creditshift.allocations as a
           left join terms as t on t.plan = a.plan
          where a.kind <> 'deletion'
            and not exists (select from creditshift.allocations as later
                             where later.organization = a.organization and later.sequence > a.sequence and later.kind <> 'pool')
       )
       select format('organization %s, plan %s: totals are %s, not %s', ${owner}, coalesce(max(e.plan), 'none'),
                     concat_ws('/', ${totals.join(', ')}), coalesce(array_to_string(max(e.credits), '/'), '0'))
         from ${model.balances.table} as b
         left join entitled as e on e.organization = ${owner}
        group by ${owner}, ${totals.join(', ')}
       having case when count(e.organization) > 0 then ${given} else num_nonnulls(${totals.map(t => `nullif(${t}, 0)`).join(', ')}) = 0 end is not true`,
      [
        await recordedTerms(
          sql,
          model.pools.map(pool => pool.name),
        ),
      ],
    );
  },
};
