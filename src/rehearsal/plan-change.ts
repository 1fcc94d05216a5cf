import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import type { Sql } from '../database/connect.ts';
import { planValues } from './organizations.ts';

/** Gives an organization another plan in its plan column, as the application does; the plan, or undefined where none fits. */
export async function changePlan(sql: Sql, model: Model, organization: string): Promise<string | undefined> {
  const { table, owner, plan: column } = model.balances;
  const now = await planOf(sql, organization);
  if (column === null || now === undefined) return undefined;
  for (const { value, plan } of (await planValues(sql, model)).filter(p => p.plan !== now)) {
    try {
      await sql.unsafe(
        `update ${table} set ${quoteIdentifier(column)} = $1 where ${quoteIdentifier(owner)}::text = $2`,
        [value, organization],
      );
      return plan;
    } catch {
      // A check or a type of the column knows other values only: the next one.
    }
  }
  return undefined;
}

/** The plan of an organization's last allocation. */
export async function planOf(sql: Sql, organization: string): Promise<string | undefined> {
  const [row] = await sql<{ plan: string }[]>`
    select plan from creditshift.allocations where organization::text = ${organization} order by sequence desc limit 1`;
  return row?.plan;
}
