import Big from 'big.js';
import { renderSql } from '../config/render.ts';
import type { Transaction } from '../database/connect.ts';
import { CUTOVER_LADDER, withLadder } from '../database/ladder.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { telling } from '../steps/locks.ts';
import { enter, type Run } from '../steps/run.ts';

/** Entries a page of the settlement spans; all of an organization’s are in one page. Its rows are locked meanwhile. */
const PAGE = 5000;
/** Organizations looked up at once: the balances are read whole for each such list. */
const LIST = 100_000;

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

interface Unsettled {
  organization: string;
  entries: number;
}

/** Settles in key-ordered pages while charging goes on; the switch settles the rest. */
export async function settlePages(run: Run): Promise<Settlement> {
  const total = emptySettlement();
  const list = renderSql('rollback/unsettled.sql', run.model);
  let after: string | null = null;
  for (;;) {
    const found: Unsettled[] = await run.sql.unsafe<Unsettled[]>(list, [after, LIST]);
    for (const page of pagesOf(found)) {
      add(total, await settlePage(run, page));
      run.progress({ event: 'work', what: `settling, ${total.organizations} organizations so far` });
    }
    if (found.length < LIST) return total;
    after = found.at(-1)?.organization ?? null;
  }
}

function* pagesOf(found: readonly Unsettled[]): Generator<string[]> {
  let page: string[] = [];
  let entries = 0;
  for (const unsettled of found) {
    page.push(unsettled.organization);
    entries += unsettled.entries;
    if (entries < PAGE) continue;
    yield page;
    page = [];
    entries = 0;
  }
  if (page.length > 0) yield page;
}

async function settlePage(run: Run, organizations: string[]): Promise<Settled[]> {
  const { result } = await withLadder(
    run.sql,
    [run.model.balances.table.toString()],
    async tx => {
      await enter(tx, run, 'settle');
      return settle(tx, run, organizations);
    },
    telling(run, 'settle', CUTOVER_LADDER),
  );
  return result;
}

/** Settles inside the caller's transaction; null means every organization. */
export async function settle(tx: Transaction, run: Run, organizations: string[] | null = null): Promise<Settled[]> {
  await tx`select set_config('creditshift.cause', 'settlement', true)`;
  const rows = await tx.unsafe<Settled[]>(renderSql('rollback/settle.sql', run.model), [organizations]);
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
