import { quoteIdentifier } from '../../config/names.ts';
import type { Transaction } from '../../database/connect.ts';
import { withLadder } from '../../database/ladder.ts';
import { enter, type Run } from '../run.ts';

export const STEP = '060_allocate';

/** Rows that are looked at to cut a range: three per cent off the middle at worst. */
const SAMPLE = 30_000;

/** A range of keys with a checkpoint of its own: after `last`, up to and with `end`; null is open. Keys as text. */
export interface Part {
  part: number;
  last: string | null;
  end: string | null;
}

/**
 * The ranges that are left to allocate, as many as `batch.workers` where the keys can be cut so. Ranges of an earlier run
 * are cut further, never joined: any number of workers goes on where any other stopped.
 */
export async function openParts(run: Run): Promise<Part[]> {
  const { workers } = run.config.batch;
  const { result } = await withLadder(run.sql, [], async tx => {
    await enter(tx, run, STEP);
    await tx`insert into creditshift.checkpoints (step, part) values (${STEP}, 1) on conflict do nothing`;
    const left = await readParts(tx);
    if (left.length === 0 || left.length >= workers) return left;
    for (const part of left) await cut(tx, run, part, Math.ceil(workers / left.length));
    return readParts(tx);
  });
  return result;
}

async function readParts(tx: Transaction): Promise<Part[]> {
  return tx<Part[]>`
    select part, last_key::text as last, end_key::text as "end" from creditshift.checkpoints
     where step = ${STEP} and not done order by part`;
}

/** Cuts a range into so many of about the same number of organizations, by the percentiles of a sample of the keys. */
async function cut(tx: Transaction, run: Run, { part, last, end }: Part, pieces: number): Promise<void> {
  const { table, owner } = run.model.balances;
  const key = run.model.key.text;
  const column = `b.${quoteIdentifier(owner)}`;
  const fractions = Array.from({ length: pieces - 1 }, (_, i) => (i + 1) / pieces);
  const [sample] = await tx.unsafe<{ cuts: string[] | null }[]>(
    `select percentile_disc($1::float8[]) within group (order by ${column})::text[] as cuts
       from ${table} as b
            tablesample system ((select 100 * least(1, ${SAMPLE} / greatest(c.reltuples, 1)) from pg_class as c where c.oid = $4::regclass))
      where ($2::${key} is null or ${column} > $2) and ($3::${key} is null or ${column} <= $3)`,
    [`{${fractions.join()}}`, last, end, table.toString()],
  );
  const cuts = [...new Set(sample?.cuts ?? [])].filter(edge => edge !== end);
  if (cuts.length === 0) return;
  await tx.unsafe(`update creditshift.checkpoints set end_key = $1::${key} where step = $2 and part = $3`, [
    cuts[0] ?? null,
    STEP,
    part,
  ]);
  for (const [i, from] of cuts.entries()) {
    await tx.unsafe(
      `insert into creditshift.checkpoints (step, part, last_key, end_key)
       select $1, max(part) + 1, $2::${key}, $3::${key} from creditshift.checkpoints where step = $1`,
      [STEP, from, cuts[i + 1] ?? end],
    );
  }
}
