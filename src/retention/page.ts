import Big from 'big.js';
import type { Model } from '../config/model.ts';
import { quoteIdentifier as q } from '../config/names.ts';
import type { Transaction } from '../database/connect.ts';
import { withLadder } from '../database/ladder.ts';
import { asOwner } from '../privacy/blocks.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import { telling } from '../steps/locks.ts';
import { enter, type Run } from '../steps/run.ts';
import { openingsSql, standingSql, takenInSql } from './openings.ts';
import { entriesBetween, type Outgoing, type Place } from './select.ts';

/** What status and pg_stat_activity call it. */
export const STEP = 'retention';

/** A page that was removed: its last entry, and how many. */
export interface Page {
  last: Place;
  entries: number;
}

/** What rows come to: how many entries, in legacy credits, and in each pool; exact decimal text. */
interface Sums {
  entries: string;
  delta: string;
  changes: string[];
}

/**
 * Removes the next entries after a place, and leaves openings for them, in one transaction under the locks of their balance
 * rows: what it removes and what the openings say has to be the same. Null where there are none.
 * @throws Problem INVARIANT_BROKEN
 */
export async function removePage(run: Run, going: Outgoing, after: Place | null, limit: number): Promise<Page | null> {
  const { balances, log } = run.model;
  const { result } = await withLadder(
    run.sql,
    [balances.table.toString(), log.table.toString()],
    async tx => {
      await enterRetention(tx, run);
      const found = await entriesAfter(tx, run.model, going, after, limit);
      if (!found) return null;
      const { organizations, ...page } = found;
      const owner = `b.${q(balances.owner)}`;
      await tx.unsafe(
        `select from ${balances.table} as b where ${owner} = any ($1::text[]::${run.model.key}[]) order by ${owner} for no key update`,
        [organizations],
      );
      const condition = entriesBetween(run.model, going, after, page.last);
      const before = await standing(tx, run.model, organizations);
      await tx.unsafe(openingsSql(run.model, condition));
      await tx.unsafe(takenInSql(run.model), [organizations]);
      const now = await standing(tx, run.model, organizations);
      const removed = await remove(tx, run.model, condition);
      if (now.broken > 0 || !isSum(now, before, removed) || Number(removed.entries) !== page.entries) throw broken();
      return page;
    },
    telling(run, STEP),
  );
  return result;
}

/** Fenced, in the time zone that months are counted in; rows that row security would hide are an error. */
export async function enterRetention(tx: Transaction, run: Run): Promise<void> {
  await enter(tx, run, STEP);
  await tx.unsafe(`set local timezone = 'UTC'; set local row_security = off`);
}

/** Lets the transaction remove, as the log's owner, what the log's trigger lets go. */
export async function asRetaining(tx: Transaction, log: string): Promise<void> {
  await asOwner(tx, log);
  await tx`select set_config('creditshift.retaining', pg_current_xact_id()::text, true)`;
}

async function entriesAfter(tx: Transaction, model: Model, going: Outgoing, after: Place | null, limit: number) {
  const { table, owner } = model.log;
  const [found] = await tx.unsafe<
    { entries: number; organizations: string[]; organization: string; sequence: string }[]
  >(
    `with page as (
       select l.${q(owner)} as organization, l.sequence from ${table} as l
        where ${entriesBetween(model, going, after)} order by 1, 2 limit $1
     )
     select count(*)::integer as entries, json_agg(distinct organization::text) as organizations,
            (array_agg(organization::text order by organization desc, sequence desc))[1] as organization,
            (array_agg(sequence::text order by organization desc, sequence desc))[1] as sequence
       from page`,
    [limit],
  );
  if (!found || found.entries === 0) return undefined;
  const { entries, organizations, organization, sequence } = found;
  return { entries, organizations, last: { organization, sequence } };
}

async function remove(tx: Transaction, { log, pools }: Model, condition: string): Promise<Sums> {
  await asRetaining(tx, log.table.toString());
  const [sums] = await tx.unsafe<Sums[]>(
    `with removed as (delete from ${log.table} as l where ${condition} returning l.*)
     select count(*)::text as entries, coalesce(sum(l.legacy_delta), 0)::text as delta,
            json_build_array(${pools.map(pool => `coalesce(- sum(l.${q(pool.consumed)}), 0)::text`).join(', ')}) as changes
       from removed as l`,
  );
  return sums as Sums;
}

async function standing(tx: Transaction, model: Model, organizations: string[]): Promise<Sums & { broken: number }> {
  const [sums] = await tx.unsafe<(Sums & { broken: number })[]>(standingSql(model), [organizations]);
  return sums as Sums & { broken: number };
}

const isSum = (now: Sums, before: Sums, removed: Sums): boolean =>
  [
    [now.entries, before.entries, removed.entries],
    [now.delta, before.delta, removed.delta],
    ...now.changes.map((change, i) => [change, before.changes[i] ?? 0, removed.changes[i] ?? 0]),
  ].every(([sum = 0, one = 0, other = 0]) => new Big(sum).eq(new Big(one).plus(other)));

const broken = (): Problem =>
  new Problem('INVARIANT_BROKEN', 'What would have been removed, and the openings that would stand for it, differ.', {
    state: `${RESUMABLE} The page was rolled back; pages before it are done, and in the archive.`,
    next: 'creditshift verify --only ledger; look for a trigger of yours on the log that keeps rows from being removed',
  });
