import { quoteIdentifier } from '../config/names.ts';
import { withLadder } from '../database/ladder.ts';
import { leaseLost } from '../database/lease.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import type { Run } from './run.ts';
import { enter } from './run.ts';

const STEP = '060_allocate';

/**
 * Allocates in keyset pages of the owner's key, one statement and one commit each; the checkpoint is part of it.
 * Resumes where the last committed page ended.
 * @throws Problem INTERRUPTED when the run was asked to stop, at a page boundary
 */
export async function allocatePages(run: Run, sql: string): Promise<{ rows: number }> {
  const { table, owner } = run.model.balances;
  const key = run.model.key.text;
  await createMissingBalances(run);
  await run.sql`insert into creditshift.checkpoints (step, part) values (${STEP}, 1) on conflict do nothing`;
  const [size] = await run.sql<{ total: number }[]>`
    select greatest(reltuples, 0)::bigint as total from pg_class where oid = ${table.toString()}::regclass`;
  const started = performance.now();
  let rows = 0;
  for (;;) {
    const [checkpoint] = await run.sql<{ last: string | null; done: boolean; rows: number }[]>`
      select last_key::text as last, done, rows from creditshift.checkpoints where step = ${STEP} and part = 1`;
    if (!checkpoint || checkpoint.done) return { rows };
    if (run.stopping()) throw interrupted(Number(checkpoint.rows));
    const [edge] = await run.sql.unsafe<{ key: string }[]>(
      `select b.${quoteIdentifier(owner)}::text as key from ${table} as b
        where $1::${key} is null or b.${quoteIdentifier(owner)} > $1 order by b.${quoteIdentifier(owner)} offset $2 limit 1`,
      [checkpoint.last, run.config.batch.rows - 1],
    );
    const { result } = await withLadder(run.sql, [table.toString()], async tx => {
      await enter(tx, run, STEP);
      return tx.unsafe<{ granted: number; others: number }[]>(sql, [
        run.lease?.epoch ?? 0,
        1,
        checkpoint.last,
        edge?.key ?? null,
        edge === undefined,
      ]);
    });
    const [page] = result;
    if (!page) throw leaseLost();
    rows += page.granted + page.others;
    const perSecond = rows / ((performance.now() - started) / 1000);
    const total = Math.max(Number(size?.total ?? 0), rows);
    run.progress({ event: 'rows', step: STEP, rows, total, perSecond, secondsLeft: (total - rows) / perSecond });
  }
}

/** policies.withoutCredits: create gives organizations without a balance row an empty one; the rules then decide. */
async function createMissingBalances(run: Run): Promise<void> {
  if (run.config.policies.withoutCredits !== 'create') return;
  const { balances, tenants } = run.model;
  await run.sql.begin(async tx => {
    await enter(tx, run, STEP);
    await tx.unsafe(`
      insert into ${balances.table} (${quoteIdentifier(balances.owner)})
      select o.${quoteIdentifier(tenants.key)} from ${tenants.table} as o
       where not exists (select from ${balances.table} as b where b.${quoteIdentifier(balances.owner)} = o.${quoteIdentifier(tenants.key)})
          on conflict do nothing`);
  });
}

function interrupted(rows: number): Problem {
  return new Problem('INTERRUPTED', `Stopped after ${rows} organizations, as asked.`, {
    state: RESUMABLE,
    next: 'creditshift migrate   goes on where it stopped',
  });
}
