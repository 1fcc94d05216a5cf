import type { Changes } from '../config/changes.ts';
import { buildModel } from '../config/model.ts';
import { renderSql } from '../config/render.ts';
import type { Config } from '../config/schema.ts';
import type { Transaction } from '../database/connect.ts';
import { withLadder } from '../database/ladder.ts';
import { isApplied, type State } from '../database/state.ts';
import { STEPS } from './all.ts';
import { recordRevision } from './apply.ts';
import { locksSince, telling } from './locks.ts';
import { phaseOf } from './phase.ts';
import { enter, journal, lockCreditTables, type Run } from './run.ts';
import { forwardSql, type Step } from './step.ts';

/** The applied steps that a revision runs again for what changed, with their SQL. */
export function revisionSql(state: State, config: Config, changes: Changes): { step: Step; sql: string }[] {
  const model = buildModel(config, state.facts, { ...phaseOf(state), added: changes.addedPools });
  return STEPS.filter(step => step.revisable && isApplied(state, step.name)).map(step => ({
    step,
    sql: forwardSql(step, model),
  }));
}

/**
 * Applies a changed configuration as a recorded revision: rows, new columns and functions in one transaction.
 * finishRevision does the rest. Existing organizations otherwise change only by reallocate.
 */
export async function revise(run: Run, state: State, config: Config, changes: Changes): Promise<void> {
  const parts = revisionSql(state, config, changes);
  const revised: Run = {
    ...run,
    config,
    revision: state.revision + 1,
    model: buildModel(config, state.facts, phaseOf(state)),
  };
  const locks = [revised.model.balances, revised.model.actions, revised.model.log].map(({ table }) => ({
    table: table.toString(),
    mode: changes.addedPools.length > 0 ? 'ACCESS EXCLUSIVE' : 'ROW EXCLUSIVE',
  }));
  run.progress({ event: 'step', step: `revision ${revised.revision}`, claim: changes.lines.join('; ') });
  const started = performance.now();
  const revision = async (tx: Transaction) => {
    await enter(tx, run, `revision ${revised.revision}`);
    const locking = performance.now();
    if (changes.addedPools.length > 0) await lockCreditTables(tx, run.model);
    for (const { step, sql } of parts) if (step.name !== '070_validate') await tx.unsafe(sql);
    await recordRevision(tx, revised);
    const held = await locksSince(tx, run, locking);
    await journal(tx, run, 'revision', { revision: revised.revision, changes: changes.lines, locks: held });
  };
  await withLadder(run.sql, locks, revision, telling(run, `revision ${revised.revision}`));
  Object.assign(run, { config, revision: revised.revision, model: revised.model });
  run.progress({ event: 'done', step: `revision ${revised.revision}`, milliseconds: performance.now() - started });
}

/** What a revision leaves for afterwards: validation, then the new pools' credits. Repeating it changes nothing. */
export async function finishRevision(run: Run, state: State): Promise<void> {
  if (run.revision === 1) return;
  if (isApplied(state, '070_validate')) {
    const validate = renderSql('migrations/070_validate.sql', buildModel(run.config, run.facts, { live: true }));
    await withLadder(run.sql, [run.model.balances.table.toString()], async tx => {
      await enter(tx, run, 'validate');
      await tx.unsafe(validate);
    });
  }
  await grantAddedPools(run);
}

/**
 * Grants every allocated organization its plan's credits of pools it has no allocation of, a page a transaction.
 * Which pools an organization lacks is read from the ledger, so an interrupted grant goes on where it stopped.
 */
async function grantAddedPools(run: Run): Promise<number> {
  let granted = 0;
  for (;;) {
    const { result } = await withLadder(run.sql, [run.model.balances.table.toString()], async tx => {
      await enter(tx, run, 'grant pools');
      const [page] = await tx<{ rows: number }[]>`
        with lacking as (
          select last.organization, last.plan, p.pool
            from creditshift.pools as p
            join creditshift.revisions as r on r.revision > 1 and (r.config -> 'pools')::jsonb ? p.pool
             and not exists (select from creditshift.revisions as e where e.revision < r.revision and (e.config -> 'pools')::jsonb ? p.pool)
            cross join lateral (
              select distinct on (a.organization) a.organization, a.plan
                from creditshift.allocations as a
               where not exists (select from creditshift.allocations as d
                                  where d.organization = a.organization and d.kind = 'deletion' and d.sequence >= a.sequence)
                 and not exists (select from creditshift.allocations as g
                                  where g.organization = a.organization and g.at >= r.applied_at
                                    and (g.reason = 'pool ' || p.pool || ' added' or g.kind in ('migration', 'plan change')))
               order by a.organization, a.sequence desc
               limit ${run.config.batch.rows}) as last
        )
        select count(creditshift.allocate(organization, plan, 'pool', 'pool ' || pool || ' added', true, array[pool]))::integer as rows
          from lacking`;
      return page?.rows ?? 0;
    });
    granted += result;
    if (result === 0) return granted;
    run.progress({ event: 'note', text: `${granted} organizations granted the new pool`, routine: true });
  }
}
