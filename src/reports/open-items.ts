import { conflicts } from '../allocation/conflicts.ts';
import { balanceName } from '../config/legacy.ts';
import { quoteIdentifier as q } from '../config/names.ts';
import type { CheckSummary } from './checks.ts';
import type { Source } from './source.ts';

/** Something a person has to look at, with the first few rows it is about. */
export interface OpenItem {
  what: string;
  examples: string[];
  more: number;
}

/** Rows that an item names. */
const EXAMPLES = 5;

/** Failed checks and warnings, conflicts of configuration and database, and what no check calls a fault. Only what occurs. */
export async function readOpenItems(source: Source, { failures, warnings }: CheckSummary): Promise<OpenItem[]> {
  const { tx, config, model } = source;
  const items = [
    ...failures.map(c => item(`${c.name} ${c.outcome}: ${c.claim} (${c.count})`, c.count, c.rows)),
    ...warnings.map(c => item(`${c.name} warns: ${c.claim} (${c.count})`, c.count, c.rows)),
    ...(await conflicts(tx, config, model))
      .filter(c => !CHECKED.includes(c.code))
      .map(c => item(c.message, c.count, c.organizations)),
  ];
  for (const { what, query } of queries(source)) {
    const rows = await tx.unsafe<{ count: number; row: string }[]>(
      `select count(*) over ()::integer as count, found.row from (${query}) as found (row) order by 2 limit ${EXAMPLES}`,
    );
    if (rows[0])
      items.push(
        item(
          `${what} (${rows[0].count})`,
          rows[0].count,
          rows.map(row => row.row),
        ),
      );
  }
  return items;
}

/** Conflicts that a check looks for too. */
const CHECKED = ['WITHOUT_CREDITS', 'ORPHANED_CREDITS'];

function item(what: string, count: number, rows: readonly string[]): OpenItem {
  const examples = rows.slice(0, EXAMPLES);
  return { what, examples, more: Math.max(0, count - examples.length) };
}

/** Each query yields one line of text per occurrence. */
function queries({ model, config, legacyName }: Source): { what: string; query: string }[] {
  const { balances, tenants } = model;
  const balance = model.page.balance;
  const owner = `b.${q(balances.owner)}`;
  const named = (key: string) =>
    `coalesce((select o.${q(tenants.name)}::text from ${tenants.table} as o where o.${q(tenants.key)} = ${key}), ${key}::text)`;
  const given = model.pools.map(pool => `a.${q(pool.allocation.after)}::numeric`).join(' + ');
  // Of what a grant carries over there is a basis too.
  const carried = model.pools.slice(0, 1).map(pool => `and a.${q(pool.allocation.carried)} is null`);
  const others = config.balances.legacy.others.map(legacyName).filter(other => other !== null);
  return [
    {
      what: 'Organizations that a rule skips: they have no credits in pools',
      query: `select ${named('e.organization')} || ': ' || e.reason from creditshift.exceptions as e where e.kind = 'skipped'`,
    },
    ...others.map(other => ({
      what: `Organizations whose ${other} is not their ${balanceName(config.balances.legacy, c => legacyName(c) ?? c)}, which is the balance`,
      query: `select ${named(owner)} || ': ' || coalesce(b.${q(other)}::text, 'null') || ' and ' || coalesce(${balance}::text, 'null')
                from ${balances.table} as b where b.${q(other)} is distinct from ${balance}`,
    })),
    {
      what: 'Split allocations that gave more than they divided',
      query: `select ${named('a.organization')} || ': ' || (${given} - a.basis)::text || ' credits minted over ' || a.basis::text
                from creditshift.allocations as a where a.kind = 'migration' and ${given} > a.basis ${carried.join('')}`,
    },
    {
      what: 'Organizations whose settlement left a shortfall',
      query: `select ${named('s.organization')} || ': ' || s.shortfall::text from creditshift.settled as s where s.shortfall > 0`,
    },
  ];
}
