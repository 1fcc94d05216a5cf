import { type Qualified, quoteIdentifier } from '../../config/names.ts';
import { type Conflict, LISTED, organizations, type Question } from './conflict.ts';

/** Organizations without a credits row, and credits rows without an organization. */
export async function rowConflicts({ tx, config, model }: Question): Promise<Conflict[]> {
  const { tenants, balances } = model;
  const { withoutCredits, orphans } = config.policies;
  const found: Conflict[] = [];

  const poor = await unmatched(tx, tenants.table, tenants.key, balances.table, balances.owner);
  if (poor.count > 0) {
    found.push({
      code: 'WITHOUT_CREDITS',
      severity: withoutCredits === 'refuse' ? 'blocks' : 'report',
      value: null,
      ...poor,
      message: `${organizations(poor.count, 'has', 'have')} no credits row; ${WITHOUT_CREDITS[withoutCredits]}`,
    });
  }
  const orphaned = await unmatched(tx, balances.table, balances.owner, tenants.table, tenants.key);
  if (orphaned.count > 0) {
    const rows = orphaned.count === 1 ? '1 credits row belongs' : `${orphaned.count} credits rows belong`;
    found.push({
      code: 'ORPHANED_CREDITS',
      severity: orphans === 'refuse' ? 'blocks' : 'report',
      value: null,
      ...orphaned,
      message: `${rows} to no organization; policies.orphans says ${orphans}`,
    });
  }
  return found;
}

const WITHOUT_CREDITS = {
  report: 'policies.withoutCredits leaves them without pools',
  create: 'policies.withoutCredits makes one',
  refuse: 'policies.withoutCredits refuses',
};

/** Keys of one table that the other does not have: how many, and the first. */
async function unmatched(
  tx: Question['tx'],
  table: Qualified,
  key: string,
  other: Qualified,
  otherKey: string,
): Promise<{ count: number; organizations: string[] }> {
  const [k, o] = [quoteIdentifier(key), quoteIdentifier(otherKey)];
  const [row] = await tx.unsafe<{ count: number; organizations: string[] }[]>(
    `select count(*) as count,
            coalesce(json_agg(key order by place) filter (where place <= ${LISTED}), '[]') as organizations
       from (select t.${k}::text as key, row_number() over (order by t.${k}) as place
               from ${table} as t
              where t.${k} is not null and not exists (select from ${other} as x where x.${o} = t.${k})) as alone`,
  );
  return row ?? { count: 0, organizations: [] };
}
