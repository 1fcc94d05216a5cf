import { quoteIdentifier as q } from '../config/names.ts';
import type { Source } from './source.ts';

/** Something a person has to look at, with how often it occurs and the first few of them. */
export interface OpenItem {
  kind: string;
  what: string;
  count: number;
  examples: string[];
}

/** Organizations an item names. */
const EXAMPLES = 5;

/** What the database holds that is not settled: only items that occur. */
export async function readOpenItems(source: Source): Promise<OpenItem[]> {
  const items: OpenItem[] = [];
  for (const { kind, what, query } of queries(source)) {
    const rows = await source.tx.unsafe<{ count: number; example: string }[]>(
      `select count(*) over ()::integer as count, found.example from (${query}) as found (example) order by 2 limit ${EXAMPLES}`,
    );
    if (rows[0]) items.push({ kind, what, count: rows[0].count, examples: rows.map(row => row.example) });
  }
  return items;
}

/** Each query yields one line of text per occurrence. */
function queries(source: Source): { kind: string; what: string; query: string }[] {
  const { model, config, legacyName } = source;
  const { balances, tenants } = model;
  const [balance, owner] = [legacyName(balances.balance), `b.${q(balances.owner)}`];
  const named = (key: string) =>
    `coalesce((select o.${q(tenants.name)}::text from ${tenants.table} as o where o.${q(tenants.key)} = ${key}), ${key}::text)`;
  const value = `coalesce(nullif(${model.rule.value.text}, ''), 'none')`;
  const allocated = model.pools.map(pool => `a.${q(pool.allocation.after)}::numeric`).join(' + ');
  const others = balance === null ? [] : config.balances.legacy.others;
  return [
    {
      kind: 'pending',
      what: 'organizations no rule decides on: they have no credits',
      query: `select ${named('e.organization')} || ': ' || e.reason from creditshift.exceptions as e where e.kind = 'pending'`,
    },
    {
      kind: 'skipped',
      what: 'organizations a rule skips',
      query: `select ${named('e.organization')} || ': ' || e.reason from creditshift.exceptions as e where e.kind = 'skipped'`,
    },
    {
      kind: 'contradicted',
      what: 'organizations assigned a plan that their plan column contradicts; the assignment wins',
      query: `select ${named('s.organization')} || ': assigned ' || coalesce(s.plan, 'skip') || ', the column says ' || ${value}
                from creditshift.assignments as s
                join ${balances.table} as b on ${owner} = s.organization
                left join creditshift.plan_values as v on v.value = coalesce(${model.rule.value.text}, '')
               where s.plan is distinct from v.plan`,
    },
    ...others
      .map(legacyName)
      .filter(other => other !== null)
      .map(other => ({
        kind: 'disagreeing',
        what: `organizations whose ${other} is not their ${balance}; the latter is the balance`,
        query: `select ${named(owner)} || ': ' || coalesce(b.${q(other)}::text, 'null') || ' and ' || coalesce(b.${q(balance ?? '')}::text, 'null')
                from ${balances.table} as b where b.${q(other)} is distinct from b.${q(balance ?? '')}`,
      })),
    {
      kind: 'without credits',
      what: 'organizations without a credits row',
      query: `select o.${q(tenants.name)}::text from ${tenants.table} as o
               where not exists (select from ${balances.table} as b where ${owner} = o.${q(tenants.key)})`,
    },
    {
      kind: 'orphan',
      what: 'credits rows without an organization',
      query: `select ${owner}::text from ${balances.table} as b
               where not exists (select from ${tenants.table} as o where o.${q(tenants.key)} = ${owner})`,
    },
    {
      kind: 'late write',
      what: 'writes of old code to the legacy balance after the cutover: recorded, not moved to a pool',
      query: `select ${named('w.organization')} || ': ' || coalesce(w.balance_before::text, 'null') || ' to '
                     || coalesce(w.balance_after::text, 'null') || ' by ' || w.role
                from creditshift.legacy_writes as w where w.mode = 'live' and w.cause is null`,
    },
    {
      kind: 'minted',
      what: 'split allocations that gave more than they divided',
      query: `select ${named('a.organization')} || ': ' || (${allocated} - a.basis)::text || ' credits minted over ' || a.basis::text
                from creditshift.allocations as a where a.kind = 'migration' and ${allocated} > a.basis`,
    },
    {
      kind: 'shortfall',
      what: 'organizations whose settlement left a shortfall',
      query: `select ${named('s.organization')} || ': ' || s.shortfall::text from creditshift.settled as s where s.shortfall > 0`,
    },
  ];
}
