import { quoteIdentifier } from '../../config/names.ts';
import type { Transaction } from '../../database/connect.ts';
import { sqlstate } from '../../database/errors.ts';
import { withLadder } from '../../database/ladder.ts';
import { counted } from '../../output/counted.ts';
import { Problem } from '../../problems.ts';
import { telling } from '../../steps/locks.ts';
import { enter, journal, type Run } from '../../steps/run.ts';
import type { Caps } from './cap.ts';
import type { Due } from './due.ts';

const STEP = 'reallocate';
/** Organizations between two lines of progress. */
const TOLD = 100;
const KEPT = 'What was reallocated before is kept.';

/** What a run of reallocate did. */
export interface Done {
  organizations: number;
  /** Those that the downgrade policy left with what they have. */
  deferred: string[];
  /** By the ledger, in pool order. */
  minted: bigint[];
}

/**
 * Allocates again, one transaction an organization. A charge meanwhile changes what is minted, so the caps are held here too.
 * @throws Problem CAP_EXCEEDED, STATE_CONFLICT, INTERRUPTED; what was reallocated before is kept, and journalled
 */
export async function apply(run: Run, due: readonly Due[], keepUsage: boolean, caps: Caps): Promise<Done> {
  const done: Done = { organizations: 0, deferred: [], minted: run.model.pools.map(() => 0n) };
  const record = () => {
    const { organizations, deferred, minted } = done;
    const usage = keepUsage ? 'keep' : 'reset';
    return journal(run.sql, run, STEP, { organizations, deferred: deferred.length, usage, minted: minted.map(String) });
  };
  try {
    await goThrough(run, due, keepUsage, caps, done);
  } catch (error) {
    await record().catch(() => {});
    throw error;
  }
  await record();
  return done;
}

async function goThrough(run: Run, due: readonly Due[], keepUsage: boolean, caps: Caps, done: Done): Promise<void> {
  const total = due.length;
  const started = performance.now();
  run.progress({ event: 'step', step: STEP, claim: 'organizations have what their plan gives' });
  for (const one of due) {
    if (run.stopping()) throw interrupted(done.organizations, total);
    const { result } = await withLadder(
      run.sql,
      [run.model.balances.table.toString()],
      async tx => {
        await enter(tx, run, STEP);
        const { sequence, minted } = await allocate(tx, run, one, keepUsage);
        const sum = done.minted.map((before, i) => before + (minted[i] ?? 0n));
        caps.hold(sum, `${KEPT} It is within the cap.`);
        return { sequence, sum };
      },
      telling(run, STEP),
    );
    done.minted = result.sum;
    done.organizations += 1;
    if (result.sequence === null) done.deferred.push(one.organization);
    if (done.organizations % TOLD === 0) tellRows(run, done.organizations, total, started);
  }
  run.progress({ event: 'done', step: STEP, milliseconds: Math.round(performance.now() - started), rows: total });
}

/** The entry's number and what it mints, in pool order; no number where the downgrade policy defers it. */
async function allocate(
  tx: Transaction,
  { model }: Run,
  { organization, to: plan, from, first }: Due,
  keepUsage: boolean,
): Promise<{ sequence: number | null; minted: bigint[] }> {
  const reason = from === plan ? `credits of plan ${plan} changed` : `from ${from ?? 'no plan'} to ${plan}`;
  try {
    const [row] = await tx.unsafe<{ sequence: number | null }[]>(
      `select creditshift.allocate($1::${model.key}, $2, $3, $4, $5)::integer as sequence`,
      [organization, plan, first ? 'migration' : 'plan change', reason, keepUsage],
    );
    const sequence = row?.sequence ?? null;
    const granted = model.pools.map(p => `a.${quoteIdentifier(p.allocation.granted)}`);
    const [entry] = await tx.unsafe<{ minted: string[] }[]>(
      `select array[${granted.join(', ')}]::text[] as minted
         from creditshift.allocations as a where a.organization = $1::${model.key} and a.sequence = $2`,
      [organization, sequence],
    );
    return { sequence, minted: (entry?.minted ?? []).map(BigInt) };
  } catch (error) {
    if (sqlstate(error) !== '22023') throw error;
    const { message, hint } = error as Error & { hint?: string };
    const refused = hint === 'DOWNGRADE_REFUSED';
    throw new Problem('STATE_CONFLICT', `${organization}: ${message}.`, {
      state: KEPT,
      next: refused ? 'set policies.downgrade to clamp or defer, or take another plan' : 'creditshift verify',
      cause: error,
    });
  }
}

function tellRows(run: Run, rows: number, total: number, started: number): void {
  const perSecond = rows / ((performance.now() - started) / 1000);
  const secondsLeft = (total - rows) / Math.max(perSecond, 1);
  run.progress({ event: 'rows', step: STEP, rows, total, perSecond, secondsLeft });
}

const interrupted = (done: number, total: number) =>
  new Problem('INTERRUPTED', `Stopped, as told, after ${done} of ${counted(total, 'organization')}.`, {
    state: KEPT,
    next: 'the same command again goes on with the others',
  });
