import type { Model } from '../../config/model.ts';
import { quoteIdentifier } from '../../config/names.ts';
import { renderSql } from '../../config/render.ts';
import type { Sql, Transaction } from '../../database/connect.ts';
import { type Differing, refuseDiffering } from '../restore.ts';
import type { Later } from './carry.ts';
import { makeSince, type Since } from './since.ts';

/** What the replay did to the restored database; credits are exact decimal text. */
export interface Replayed {
  /** Sum of the legacy balances, as restored and after the replay. */
  before: string;
  after: string;
  /** Organizations whose balance it changed. */
  organizations: number;
  /** Whose value now is not what backup and charges make it. */
  differing: Differing[];
  later: Later[];
  /** In the backup, and deleted since. */
  gone: string[];
}

/**
 * Brings the legacy balances of a restored database up to what happened since its backup, in one transaction.
 * @throws Problem BALANCES_DIFFER
 */
export async function replay(
  sql: Sql,
  model: Model,
  since: Since | undefined,
  believe: 'current' | 'backup' | undefined,
): Promise<Replayed> {
  return (await sql.begin(async tx => {
    await tx.unsafe(`set local statement_timeout = 0; set local row_security = off`);
    const before = await sumOf(tx, model);
    if (!since) return { before, after: before, organizations: 0, differing: [], later: [], gone: [] };
    await makeSince(tx, model);
    await since(tx);
    const differing = await differences(tx, model);
    if (believe === undefined && differing.length > 0) throw refuseDiffering(differing);
    const { count } = await tx.unsafe(
      renderSql('rollback/replay.sql', { ...model, believeCurrent: believe === 'current' }),
    );
    return { before, after: await sumOf(tx, model), organizations: count, differing, ...(await unmatched(tx, model)) };
  })) as Replayed;
}

async function sumOf(tx: Transaction, { balances }: Model): Promise<string> {
  const [row] = await tx.unsafe<{ sum: string }[]>(
    `select coalesce(sum(${balances.value.b}), 0)::text as sum from ${balances.table} as b`,
  );
  return row?.sum ?? '0';
}

async function differences(tx: Transaction, { balances }: Model): Promise<Differing[]> {
  const owner = quoteIdentifier(balances.owner);
  const balance = balances.value.b;
  const charged = `greatest(least(${balance}, 0), coalesce(${balance}, 0) + s.delta)`;
  const rows = await tx.unsafe<Differing[]>(
    `select s.organization::text as organization, s.current::text as current, (${charged})::text as backup,
            false as gone, null as late
       from creditshift_since as s join ${balances.table} as b on b.${owner} = s.organization
      where s.current <> ${charged} order by 1`,
  );
  return [...rows];
}

async function unmatched(tx: Transaction, { balances }: Model): Promise<Pick<Replayed, 'later' | 'gone'>> {
  const owner = quoteIdentifier(balances.owner);
  const later = await tx.unsafe<Later[]>(
    `select s.organization::text as organization, s.current::text as balance,
            'the old database cannot be read' as left from creditshift_since as s
      where not s.gone and not exists (select from ${balances.table} as b where b.${owner} = s.organization) order by 1`,
  );
  const gone = await tx.unsafe<{ organization: string }[]>(
    `select b.${owner}::text as organization from ${balances.table} as b
      where b.${owner} is not null
        and not exists (select from creditshift_since as s where s.organization = b.${owner} and not s.gone) order by 1`,
  );
  return { later: [...later], gone: gone.map(row => row.organization) };
}
