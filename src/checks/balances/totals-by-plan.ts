import type { Model, PoolModel } from '../../config/model.ts';
import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { BY_NO_PLAN } from '../ledger/entries.ts';
import { inSlice } from '../slice.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';
import { recordedOverrides, recordedTerms } from './pricing-terms.ts';

export const totalsByPlan: Check = {
  name: 'balances.totals-by-plan',
  claim:
    'every total is what the organization’s plan or override gave, fixed credits or its share of the legacy balance, and extra credits beside: what was carried over, topped up or reversed',
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
    const each = (of: (pool: PoolModel) => string) => model.pools.map(of).join(', ');
    const extra = `array[${each(pool => `coalesce(a.${quoteIdentifier(pool.allocation.extra)}, 0)`)}]`;
    const pools = model.pools.map(pool => pool.name);
    const [terms, overrides] = [await recordedTerms(sql, pools), await recordedOverrides(sql, pools)];
    const carries = terms.some(term => term.carry);
    const usages = terms.some(term => term.policy === 'usage');
    const given = totals
      .map((total, i) => `bool_or(e.credits[${i + 1}] + coalesce(e.extra[${i + 1}], 0) = ${total})`)
      .join(' and ');
    // A new pool is allocated on its own: then the last whole allocation and what followed it give the totals together.
    // What is beside stands in the last entry of all; the migration's own has something beside only where it was carried over.
    return select(
      sql,
      `with terms as (
         select * from jsonb_to_recordset($1::text::jsonb) as t (plan text, policy text, days integer, credits bigint[], weights bigint[], floors bigint[], carry bigint[])
       ), last as (
         select distinct on (a.organization) a.organization, ${extra} as extra
           from creditshift.allocations as a
          where a.kind <> 'migration' and ${inSlice(subject, 'a.organization')} order by a.organization, a.sequence desc
       ), planned as (
         select a.organization, a.plan, ${carries ? `coalesce(l.extra, ${extra})` : 'l.extra'} as extra,
                ${carries ? `case when a.kind in ('migration', 'recalculation') then t.carry end as carry, a.basis, array[${each(p => `coalesce(a.${quoteIdentifier(p.allocation.carried)}, 0)`)}] as carried,` : ''}
                case when t.policy in ('split', 'usage') then creditshift.share(a.basis, ${usages ? 'coalesce(u.weights, t.weights)' : 't.weights'}, t.floors) else t.credits end as credits
           from creditshift.allocations as a
           left join last as l on l.organization = a.organization
           left join terms as t on t.plan = a.plan
           ${usages ? 'left join creditshift.usage as u on u.organization = a.organization and u.days = t.days' : ''}
          where a.kind not in ('deletion', ${BY_NO_PLAN}) and ${inSlice(subject, 'a.organization')}
            and not exists (select from creditshift.allocations as later
                             where later.organization = a.organization and ${inSlice(subject, 'later.organization')}
                               and later.sequence > a.sequence and later.kind not in ('pool', ${BY_NO_PLAN}))
       ), entitled as (${overrides.length > 0 ? overridden(model, carries) : 'select * from planned'})
       select format('organization %s, plan %s: totals are %s, not %s%s', ${owner}, coalesce(max(e.plan), 'none'),
                     concat_ws('/', ${totals.join(', ')}), coalesce(array_to_string(max(e.credits), '/'), '0'),
                     ', extra ' || array_to_string(max(e.extra), '/'))
         from ${model.balances.table} as b
         left join entitled as e on e.organization = ${owner}
        where ${inSlice(subject, owner)}
        group by ${owner}, ${totals.join(', ')}
       having case when count(e.organization) > 0 then ${given}
                     ${carries ? `and bool_or(e.carry is null or creditshift.carry(e.credits, e.basis, e.carry) = array[${each(p => `e.credits[${p.position}] + e.carried[${p.position}]`)}])` : ''}
                   else num_nonnulls(${totals.map(t => `nullif(${t}, 0)`).join(', ')}) = 0 end is not true`,
      [terms, ...(overrides.length > 0 ? [overrides] : [])],
    );
  },
};

/** What is planned, with credits in place of it where an override, $2, gives them. */
const overridden = ({ key, pools }: Model, carries: boolean): string => `
  select p.organization, p.plan, p.extra, ${carries ? 'p.carry, p.basis, p.carried,' : ''}
         array[${pools.map(({ position: n }) => `coalesce(v.credits[${n}], p.credits[${n}])`).join(', ')}] as credits
    from planned as p
    left join jsonb_to_recordset($2::text::jsonb) as v (organization ${key}, credits bigint[]) on v.organization = p.organization`;
