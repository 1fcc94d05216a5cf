import type { Model } from '../../config/model.ts';
import { type Qualified, quoteIdentifier } from '../../config/names.ts';
import type { Sql, Transaction } from '../../database/connect.ts';
import { advanceCounters } from '../../database/counters.ts';

/** An organization that came after the backup. */
export interface Later {
  organization: string;
  /** Its legacy balance, all of it settled; exact decimal text. */
  balance: string | null;
  /** Why it is not in the new database; null where it is. */
  left: string | null;
}

/**
 * Takes organizations that came after the backup from the old database to the new one: their row, and their balance row
 * with the balance that they have. A transaction each: one that leans on what else came since is left, and says why.
 */
export async function carryOver(old: Sql, whole: Sql, model: Model, later: readonly Later[]): Promise<Later[]> {
  const carried: Later[] = [];
  const { tenants, balances } = model;
  for (const { organization, balance } of later) {
    const tenant = await rowOf(old, model, tenants.table, tenants.key, organization);
    const credits = await rowOf(old, model, balances.table, balances.owner, organization);
    const attempt = whole.begin(async tx => {
      await tx`set local row_security = off`;
      if (tenant !== undefined) await insert(tx, tenants.table, tenant);
      if (credits !== undefined) await insert(tx, balances.table, credits);
      // A trigger may have made the row; and the old database has settled nothing.
      await tx.unsafe(
        `update ${balances.table} as b set ${quoteIdentifier(balances.moved)} = ${balances.put.given}
          where ${quoteIdentifier(balances.owner)} = $1::text::${model.key}`,
        [organization, balance],
      );
    });
    const left = await attempt.then(
      () => null,
      error => (error as Error).message,
    );
    carried.push({ organization, balance, left });
  }
  return carried;
}

async function rowOf(old: Sql, { key }: Model, table: Qualified, column: string, organization: string) {
  const [found] = await old.unsafe<{ row: string }[]>(
    `select to_jsonb(t)::text as row from ${table} as t where ${quoteIdentifier(column)} = $1::text::${key}`,
    [organization],
  );
  return found?.row;
}

/** The columns that the new database has; what the toolkit added in the old one is not among them. */
async function insert(tx: Transaction, table: Qualified, row: string): Promise<void> {
  const columns = await tx<{ name: string }[]>`
    select attname as name from pg_attribute
     where attrelid = ${table.toString()}::text::regclass and attnum > 0 and not attisdropped and attgenerated = ''`;
  const names = columns.map(column => column.name);
  const list = names.map(quoteIdentifier).join(', ');
  await tx.unsafe(
    `insert into ${table} (${list}) overriding system value
     select ${list} from jsonb_populate_record(null::${table}, $1::text::jsonb) on conflict do nothing`,
    [row],
  );
  await advanceCounters(tx, table.toString(), names);
}
