import type { Manifest } from '../backup/copy-set.ts';
import { loadCopyFile } from '../backup/read.ts';
import { quoteIdentifier } from '../config/names.ts';
import { renderSql } from '../config/render.ts';
import type { Transaction } from '../database/connect.ts';
import { isApplied, type State } from '../database/state.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { enter, journal, type Run } from '../steps/run.ts';
import { disable } from './disable.ts';
import type { Settlement } from './settle.ts';

/** An organization whose legacy value now is not what the backup and the charges since then make it. */
export interface Differing {
  organization: string;
  current: string | null;
  backup: string | null;
  /** In the backup, no longer in the database. */
  gone: boolean;
  /** What old code wrote since the cutover, which only the value now has; null where it wrote nothing. */
  late: string | null;
}

export interface Restored {
  settlement: Settlement;
  differing: Differing[];
}

/**
 * Legacy values by key from a proved backup, charges since then replayed, and the switch back, in one transaction.
 * Newer organizations stay. Where now and backup disagree it refuses until told which to believe.
 * @throws Problem BALANCES_DIFFER with the list
 */
export async function restoreInPlace(
  run: Run,
  state: State,
  folder: string,
  manifest: Manifest,
  believe: 'current' | 'backup' | undefined,
): Promise<Restored> {
  const restored = { backup: manifest.createdAt, believe: believe ?? null };
  if (await isRestored(run, restored)) return { settlement: await disable(run, state), differing: [] };
  await stage(run, folder, manifest);
  try {
    const differing = await requireBelief(run, state, believe);
    const restoreRows = async (tx: Transaction) => {
      await tx`select set_config('creditshift.cause', 'restore', true)`;
      if (believe === 'backup') await tx.unsafe(byBackup('restore', run, state));
      await journal(tx, run, 'restored', restored);
    };
    const settlement = await disable(run, state, restoreRows);
    if (!isApplied(state, '090_cutover')) await fenced(run, restoreRows);
    return { settlement, differing };
  } finally {
    await unstage(run);
  }
}

/**
 * The organizations whose legacy value now is not what the backup and the charges since then make it.
 * @throws Problem BALANCES_DIFFER where there are some, and nobody said which to believe
 */
export async function differingNow(
  run: Run,
  state: State,
  folder: string,
  manifest: Manifest,
  believe: 'current' | 'backup' | undefined,
): Promise<Differing[]> {
  await stage(run, folder, manifest);
  try {
    return await requireBelief(run, state, believe);
  } finally {
    await unstage(run);
  }
}

async function requireBelief(run: Run, state: State, believe: 'current' | 'backup' | undefined): Promise<Differing[]> {
  run.progress({ event: 'work', what: 'comparing the balances with the backup' });
  const differing = await compare(run, state);
  if (believe === undefined && differing.some(d => !d.gone)) throw refuseDiffering(differing);
  return differing;
}

// Where this fails, the next restore, or drop, removes it.
const unstage = (run: Run) => fenced(run, tx => tx`drop table if exists creditshift.restored`).catch(() => {});

/** A run that was taken over must neither set balances nor load, or drop, what another one restores from. */
const fenced = <T>(run: Run, body: (tx: Transaction) => PromiseLike<T>): Promise<T> =>
  run.sql.begin(async tx => {
    await enter(tx, run, 'restore');
    return body(tx);
  }) as Promise<T>;

/**
 * Whether an interrupted run restored from this backup already, and no cutover came after: the legacy function has been
 * live since, and what it spent must not be set back again.
 */
async function isRestored(run: Run, restored: { backup: string; believe: string | null }): Promise<boolean> {
  const rows = await run.sql`
    select from creditshift.journal as j
     where j.event = 'restored' and j.data ->> 'backup' = ${restored.backup}
       and (${restored.believe}::text is null or j.data ->> 'believe' = ${restored.believe})
       and not exists (select from creditshift.journal as c
                        where c.position > j.position and c.event = 'step' and c.data ->> 'step' = '090_cutover')`;
  return rows.length > 0;
}

async function stage(run: Run, folder: string, manifest: Manifest): Promise<void> {
  const { balances } = run.model;
  const file = manifest.files.find(f => f.table === balances.table.toString());
  if (!file) {
    throw new Problem('BACKUP_DAMAGED', `The backup has no copy of ${balances.table}.`, {
      state: UNTOUCHED,
      next: 'name another backup with --from',
    });
  }
  const read: (string | null)[] = [balances.owner, balances.moved, balances.total, balances.used];
  // What nobody reads here stays text, which need not be understood.
  const columns = file.columns.map(name =>
    read.includes(name) ? quoteIdentifier(name) : `null::text as ${quoteIdentifier(name)}`,
  );
  await fenced(run, async tx => {
    await tx.unsafe(`
      drop table if exists creditshift.restored;
      create unlogged table creditshift.restored as select ${columns.join(', ')} from ${balances.table} with no data`);
    await loadCopyFile(tx, folder, file, 'creditshift.restored');
    await tx.unsafe('analyze creditshift.restored');
  });
}

/** Legacy values as they will be once settled, against those that the backup and the charges since then make. */
const compare = (run: Run, state: State): Promise<Differing[]> =>
  fenced(run, async tx => {
    await tx`set local work_mem = '64MB'`;
    return [...(await tx.unsafe<Differing[]>(byBackup('compare', run, state)))];
  });

const byBackup = (template: 'compare' | 'restore', { model }: Run, state: State): string =>
  renderSql(`rollback/${template}.sql`, {
    ...model,
    hasEntries: isApplied(state, '040_expand_log'),
    settles: isApplied(state, '090_cutover'),
  });

export function refuseDiffering(differing: readonly Differing[]): Problem {
  return new Problem(
    'BALANCES_DIFFER',
    `Of ${differing.length} ${differing.length === 1 ? 'organization' : 'organizations'} the legacy balance now is not what backup and charges make it.`,
    {
      state: UNTOUCHED,
      next: 'say --balances current (keep what is there) or --balances backup (believe the backup)',
      details: differing
        .slice(0, 20)
        .map(
          d =>
            `${d.organization}: ${d.gone ? 'is gone' : `now ${d.current ?? 'null'}, by the backup ${d.backup ?? 'null'}`}${d.late === null ? '' : `; of it by late writes ${d.late}`}`,
        ),
    },
  );
}
