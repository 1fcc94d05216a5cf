import { quoteIdentifier } from '../../config/names.ts';
import { DEFAULT_LADDER, withLadder } from '../../database/ladder.ts';
import { leaseLost } from '../../database/lease.ts';
import { telling } from '../locks.ts';
import { enter, type Run } from '../run.ts';
import type { Work } from './part.ts';
import { type Part, STEP } from './parts.ts';

/** A page of a part: the keys after `part.last`, up to and with `upto`; null is the part's open end. */
export interface Page {
  part: Part;
  upto: string | null;
  /** The part ends with it. */
  last: boolean;
  /** Organizations in it when it was cut; null for what is left of a part, which nobody counted. */
  size: number | null;
}

/** A page of several organizations asks for its locks only so often: a smaller one finds the free ones. */
const IMPATIENT = { ...DEFAULT_LADDER, tries: 3 };

/** The next page of a part, of so many organizations or what is left. */
export async function nextPage(run: Run, part: Part, size: number): Promise<Page> {
  const key = run.model.key.text;
  const column = `b.${quoteIdentifier(run.model.balances.owner)}`;
  const [edge] = await run.sql.unsafe<{ key: string }[]>(
    `select ${column}::text as key from ${run.model.balances.table} as b
      where ($1::${key} is null or ${column} > $1) and ($2::${key} is null or ${column} <= $2)
      order by ${column} offset $3 limit 1`,
    [part.last, part.end, size - 1],
  );
  return edge ? { part, upto: edge.key, last: false, size } : { part, upto: part.end, last: true, size: null };
}

/**
 * Allocates a page and writes its checkpoint: one statement, one commit.
 * @returns organizations allocated or decided, and milliseconds that their rows were locked at most
 */
export async function commitPage(
  { run, statement, held }: Work,
  { part, upto, last, size }: Page,
  single: boolean,
): Promise<{ rows: number; milliseconds: number }> {
  const { result, timing } = await withLadder(
    run.sql,
    [run.model.balances.table.toString()],
    async tx => {
      await enter(tx, run, STEP);
      const [page] = await tx.unsafe<{ granted: number; others: number }[]>(statement, [
        run.lease?.epoch ?? 0,
        part.part,
        part.last,
        upto,
        last,
        size,
      ]);
      if (!page) throw leaseLost();
      await held.look(tx);
      return page.granted + page.others;
    },
    telling(run, STEP, single ? DEFAULT_LADDER : IMPATIENT),
  );
  held.took(timing.held);
  return { rows: result, milliseconds: timing.held };
}
