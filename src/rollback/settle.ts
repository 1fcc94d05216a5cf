import Big from 'big.js';
import { quoteIdentifier } from '../config/names.ts';
import { renderSql } from '../config/render.ts';
import type { Transaction } from '../database/connect.ts';
import { CUTOVER_LADDER, withLadder } from '../database/ladder.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { telling } from '../steps/locks.ts';
import { enter, type Run } from '../steps/run.ts';

/** Log entries a page of the settlement spans; all of an organization’s are in one page. Its rows are locked meanwhile. */
const PAGE = 5000;

/** What settlement did to one organization; amounts in legacy credits, exact. */
export interface Settled {
  organization: string;
  before: string;
  after: string;
  charged: string;
  /** What the balance could not pay; '0' as a rule. */
  shortfall: string;
}

/** Totals of a settlement, and the organizations it left short. */
export interface Settlement {
  organizations: number;
  /** Legacy credits, exact decimal text. */
  charged: string;
  short: Settled[];
}

export const emptySettlement = (): Settlement => ({ organizations: 0, charged: '0', short: [] });

/** Settles in key-ordered pages while charging goes on; the switch settles the rest. */
export async function settlePages(run: Run): Promise<Settlement> {
  const total = emptySettlement();
  const { table, owner } = run.model.log;
  const key = run.model.key.text;
  let after: string | null = null;
  for (;;) {
    const [edge]: { key: string }[] = await run.sql.unsafe(
      `select l.${quoteIdentifier(owner)}::text as key from ${table} as l
        where l.sequence is not null and ($1::${key} is null or l.${quoteIdentifier(owner)} > $1)
        order by l.${quoteIdentifier(owner)} offset $2 limit 1`,
      [after, PAGE],
    );
    const upTo: string | null = edge?.key ?? null;
    const from: string | null = after;
    const { result } = await withLadder(
      run.sql,
      [run.model.balances.table.toString()],
      async tx => {
        await enter(tx, run, 'settle');
        return settle(tx, run, from, upTo);
      },
      telling(run, 'settle', CUTOVER_LADDER),
    );
    add(total, result);
    if (upTo === null) return total;
    after = upTo;
  }
}

/** Settles one page inside the caller's transaction; null bounds mean everything. */
export async function settle(
  tx: Transaction,
  run: Run,
  from: string | null = null,
  upTo: string | null = null,
): Promise<Settled[]> {
  await tx`select set_config('creditshift.cause', 'settlement', true)`;
  const rows = await tx.unsafe<Settled[]>(renderSql('rollback/settle.sql', run.model), [from, upTo]);
  if (run.config.policies.shortfall === 'refuse') refuseShort(rows.filter(isShort));
  return [...rows];
}

export function add(total: Settlement, rows: readonly Settled[]): void {
  total.organizations += rows.length;
  total.charged = rows.reduce((sum, row) => sum.plus(row.charged), new Big(total.charged)).toFixed();
  total.short.push(...rows.filter(isShort));
}

const isShort = (row: Settled) => Number(row.shortfall) > 0;

/** policies.shortfall: refuse means before any change: the whole settlement is tried first and rolled back. */
export async function refuseShortfall(run: Run): Promise<void> {
  if (run.config.policies.shortfall !== 'refuse') return;
  const undo = new Error('tried, not kept');
  await run.sql
    .begin(async tx => {
      await settle(tx, run);
      throw undo;
    })
    .catch(error => {
      if (error !== undo) throw error;
    });
}

function refuseShort(short: readonly Settled[]): void {
  if (short.length === 0) return;
  throw new Problem('SHORTFALL', `${short.length} organizations would go below zero.`, {
    state: UNTOUCHED,
    next: 'set policies.shortfall: clamp to settle them at zero and list them, or credit them first',
    details: short.slice(0, 20).map(s => `${s.organization}: has ${s.before}, owes ${s.charged}`),
  });
}
