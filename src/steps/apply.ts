import { recordedCatalog } from '../database/catalog.ts';
import { CUTOVER_LADDER, DEFAULT_LADDER, withLadder } from '../database/ladder.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import { allocatePages } from './allocate/allocate.ts';
import { cutOver } from './cutover.ts';
import { buildIndexes } from './indexes.ts';
import { locksSince, telling } from './locks.ts';
import { enter, journal, type Run, recordApplied } from './run.ts';
import { forwardSql, inverseSql, type Step } from './step.ts';
import { stopHere } from './stop.ts';

/** Applies one step; its history row is written with it, or after its proven end. */
export async function applyStep(run: Run, step: Step): Promise<void> {
  run.progress({ event: 'step', step: step.name, claim: step.claim });
  const started = performance.now();
  const sql = forwardSql(step, run.model);
  if (step.kind === 'transactional') {
    const apply = () => applyTransactional(run, step, sql, started);
    const timing = step.name === '090_cutover' ? await cutOver(run, apply) : await apply();
    const held = { tries: timing.tries, heldMilliseconds: Math.round(timing.held) };
    run.progress({ event: 'done', step: step.name, milliseconds: performance.now() - started, ...held });
    return;
  }
  const { locks, ...counts } = step.kind === 'batched' ? await allocatePages(run, sql) : await buildIndexes(run, sql);
  await run.sql.begin(async tx => {
    await enter(tx, run, step.name);
    await recordApplied(tx, run, step, sql, started);
    await journal(tx, run, 'step', {
      step: step.name,
      stage: step.stage,
      locks,
      milliseconds: Math.round(performance.now() - started),
      ...counts,
    });
  });
  run.progress({ event: 'done', step: step.name, milliseconds: performance.now() - started, ...counts });
}

async function applyTransactional(run: Run, step: Step, sql: string, started: number) {
  const ladder = step.name === '090_cutover' ? CUTOVER_LADDER : DEFAULT_LADDER;
  const began = performance.now();
  let tries = 0;
  const { timing } = await withLadder(
    run.sql,
    step.locks(run.model),
    async tx => {
      const tried = performance.now();
      tries++;
      stopHere(run, `before ${step.name}`);
      const catalog = step.name === '010_control' ? await recordedCatalog(tx) : undefined;
      await enter(tx, run, step.name);
      const locking = performance.now();
      await tx.unsafe(sql);
      if (catalog) await recordRevision(tx, run, catalog);
      await recordApplied(tx, run, step, sql, started);
      const locks = await locksSince(tx, run, locking);
      const milliseconds = Math.round(performance.now() - tried);
      const waited = Math.round(tried - began);
      await journal(tx, run, 'step', { step: step.name, stage: step.stage, locks, milliseconds, tries, waited });
    },
    telling(run, step.name, ladder),
  );
  return timing;
}

/** Undoes one step: its inverse, its history row and a journal entry in one transaction. */
export async function undoStep(
  run: Run,
  step: Step,
  extra?: (tx: Parameters<typeof enter>[0]) => Promise<void>,
): Promise<void> {
  if (step.irreversible) {
    throw new Problem('LEGACY_DROPPED', `${step.name} cannot be undone.`, {
      state: RESUMABLE,
      next: 'restore a backup into a new database',
    });
  }
  run.progress({ event: 'step', step: step.name, claim: 'undone' });
  const started = performance.now();
  const { timing } = await withLadder(
    run.sql,
    step.locks(run.model),
    async tx => {
      await enter(tx, run, step.name);
      const locking = performance.now();
      if (step.name === '090_cutover')
        await tx.unsafe(`lock table ${run.model.balances.table} in share row exclusive mode`);
      await extra?.(tx);
      await tx.unsafe(inverseSql(step, run.model));
      if (step.name === '010_control') return;
      await tx`delete from creditshift.history where step = ${step.name}`;
      await journal(tx, run, 'undone', {
        step: step.name,
        stage: step.stage,
        locks: await locksSince(tx, run, locking),
        milliseconds: Math.round(performance.now() - started),
      });
    },
    telling(run, step.name, step.name === '090_cutover' ? CUTOVER_LADDER : DEFAULT_LADDER),
  );
  run.progress({
    event: 'done',
    step: step.name,
    milliseconds: performance.now() - started,
    tries: timing.tries,
    heldMilliseconds: Math.round(timing.held),
  });
}

/** Writes the configuration and facts that the following steps are rendered from; what hooks and guard run is nobody's business. */
export async function recordRevision(tx: Parameters<typeof enter>[0], run: Run, catalog?: unknown): Promise<void> {
  const { hooks: _, guard: __, ...config } = run.config;
  await tx`
    insert into creditshift.revisions (revision, config, facts, catalog)
    values (${run.revision}, ${JSON.stringify(config)}::text::json, ${JSON.stringify(run.facts)}::text::jsonb,
            ${catalog === undefined ? null : JSON.stringify(catalog)}::text::jsonb)`;
}
