import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { BY_NO_PLAN } from '../ledger/entries.ts';
import { inSlice } from '../slice.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';
import { recordedTerms } from './pricing-terms.ts';

export const totalsByPlan: Check = {
  name: 'balances.totals-by-plan',
  claim:
    'every total is what the organization’s plan gave, fixed credits or its share of the legacy balance, and extra credits beside',
  why: 'it is what customers were promised: a wrong total is money',
  remedy: 'find out what wrote the total; creditshift reallocate --organization ID sets it by the plan again',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '060_allocate',
  slices: true,
  async find(subject) {
    const { sql, model } = subject;
    const owner = `b.${quoteIdentifier(model.balances.owner)}`;
    const totals = model.pools.map(pool => `b.${quoteIdentifier(pool.total)}`);
    const extra = model.pools.map(pool => `coalesce(a.${quoteIdentifier(pool.allocation.extra)}, 0)`);
    const given = totals
      .map((total, i) => `bool_or(e.credits[${i + 1}] + coalesce(e.extra[${i + 1}], 0) = ${total})`)
      .join(' and ');
    // A new pool is allocated on its own: then the last whole allocation and what followed it give the totals together.
    // What is beside stands in the last entry of all; the migration's own has nothing beside.
    return select(
      sql,
      `with terms as (
         select * from jsonb_to_recordset($1::text::jsonb) as t (plan text, policy text, credits bigint[], weights bigint[], floors bigint[])
       ), last as (
         select distinct on (a.organization) a.organization, array[${extra.join(', ')}] as extra
           from creditshift.allocations as a
          where a.kind <> 'migration' and ${inSlice(subject, 'a.organization')} order by a.organization, a.sequence desc
       ), entitled as (
         select a.organization, a.plan, l.extra,
                case t.policy when 'split' then creditshift.share(a.basis, t.weights, t.floors) else t.credits end as credits
           from creditshift.allocations as a
           left join last as l on l.organization = a.organization
           left join terms as t on t.plan = a.plan
          where a.kind not in ('deletion', ${BY_NO_PLAN}) and ${inSlice(subject, 'a.organization')}
            and not exists (select from creditshift.allocations as later
                             where later.organization = a.organization and ${inSlice(subject, 'later.organization')}
                               and later.sequence > a.sequence and later.kind not in ('pool', ${BY_NO_PLAN}))
       )
       select format('organization %s, plan %s: totals are %s, not %s%s', ${owner}, coalesce(max(e.plan), 'none'),
                     concat_ws('/', ${totals.join(', ')}), coalesce(array_to_string(max(e.credits), '/'), '0'),
                     ', extra ' || array_to_string(max(e.extra), '/'))
         from ${model.balances.table} as b
         left join entitled as e on e.organization = ${owner}
        where ${inSlice(subject, owner)}
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
