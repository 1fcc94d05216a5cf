import { type CopyTable, nameOf, writeCopySet } from '../backup/copy-set.ts';
import { Qualified } from '../config/names.ts';
import { type CatalogEntry, catalogDifference, recordedCatalog } from '../database/catalog.ts';
import type { ServerFacts, Transaction } from '../database/connect.ts';
import { sqlstate } from '../database/errors.ts';
import { withLadder } from '../database/ladder.ts';
import { standing } from '../database/standing.ts';
import { isApplied, readState } from '../database/state.ts';
import { Problem } from '../problems.ts';
import { STEPS } from '../steps/all.ts';
import { telling } from '../steps/locks.ts';
import { enter, lockCreditTables, type Run } from '../steps/run.ts';
import { SHADOW, takeShimAway } from '../steps/shadow.ts';
import { inverseSql } from '../steps/step.ts';

/** What `drop` leaves: where the archive is, and how the catalog differs from before the migration (nothing, as a rule). */
export interface Dropped {
  archive: string;
  /** Tables that the toolkit had made, whose rows are in the archive alone. */
  gone: string[];
  difference: string[];
}

/**
 * Removes everything the toolkit added in one transaction, after an archive of it was written and read back.
 * Data inverses of columns that go anyway are left out. Never CASCADE.
 * @throws Problem DEPENDENTS naming what was built on top since
 */
export async function drop(run: Run, server: ServerFacts, archive: string): Promise<Dropped> {
  const before = await catalogBefore(run);
  if (isApplied(await readState(run.sql), SHADOW.name)) await takeShimAway(run);
  const state = await readState(run.sql);
  const applied = STEPS.filter(step => isApplied(state, step.name)).toReversed();
  await writeArchive(
    run,
    server,
    archive,
    before,
    applied.map(step => step.name),
  );
  const skipped = ['015_pricing', '060_allocate', '070_validate'];
  const locks = [run.model.balances, run.model.log, run.model.actions].map(({ table }) => ({
    table: table.toString(),
    mode: 'ACCESS EXCLUSIVE',
  }));
  run.progress({ event: 'step', step: 'drop', claim: 'everything the toolkit added, in one transaction' });
  const started = performance.now();
  const made = [run.model.actions, run.model.log].filter(table => table.made).map(({ table }) => table);
  const gone = await standing(run.sql, made);
  const dropAll = async (tx: Transaction) => {
    await enter(tx, run, 'drop');
    await lockCreditTables(tx, run.model);
    for (const step of applied.filter(step => !skipped.includes(step.name))) {
      await tx.unsafe(inverseSql(step, run.model)).catch(error => Promise.reject(asDependents(error)));
    }
  };
  const { timing } = await withLadder(run.sql, locks, dropAll, telling(run, 'drop'));
  run.progress({
    event: 'done',
    step: 'drop',
    milliseconds: performance.now() - started,
    tries: timing.tries,
    heldMilliseconds: Math.round(timing.held),
  });
  return { archive, gone, difference: catalogDifference(before, await recordedCatalog(run.sql)) };
}

async function catalogBefore(run: Run): Promise<CatalogEntry[]> {
  const [row] = await run.sql<{ catalog: CatalogEntry[] }[]>`
    select catalog from creditshift.revisions where revision = 1`;
  return row?.catalog ?? [];
}

/** The amounts of the balances, the log, a price list that was made, and every table of schema creditshift, from one snapshot. */
async function writeArchive(
  run: Run,
  server: ServerFacts,
  folder: string,
  before: CatalogEntry[],
  steps: string[],
): Promise<void> {
  run.progress({ event: 'step', step: 'archive', claim: folder });
  const started = performance.now();
  const { balances, log, actions } = run.model;
  // A price list that was found stays as it is.
  const archived = [balances.table, log.table, ...(actions.made ? [actions.table] : [])].map(String);
  const columns = await run.sql<{ schema: string; name: string; columns: string[] }[]>`
    select n.nspname as schema, c.relname as name, json_agg(a.attname order by a.attnum) as columns
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where c.relkind in ('r', 'p') and (n.nspname = 'creditshift' and c.relname <> 'restored'
        or c.oid in (select to_regclass(t) from unnest(${archived}::text[]) as t))
     group by n.nspname, c.relname order by 1, 2`;
  const { owner, moved, total, used } = balances;
  const amounts = run.model.pools.flatMap(pool => [pool.counter, pool.total]);
  const kept = new Set([owner, moved, total, used, 'last_sequence', ...amounts]);
  const tables = columns.map((t): CopyTable => {
    const table = new Qualified(t.schema, t.name);
    if (table.toString() !== balances.table.toString()) return { name: nameOf(table), table, columns: t.columns };
    return { name: nameOf(table), table, columns: t.columns.filter(c => kept.has(c)), partial: true };
  });
  const [head] = await run.sql<{ position: number; hash: string }[]>`
    select position::integer as position, hash from creditshift.journal order by position desc limit 1`;
  await writeCopySet(run.sql, server, folder, 'archive', tables, {
    migration: { started: true, journalHead: head ?? null, steps },
    config: run.config,
    facts: run.facts,
    definitions: before,
  });
  run.progress({ event: 'done', step: 'archive', milliseconds: performance.now() - started, tables: tables.length });
}

function asDependents(error: unknown): unknown {
  if (sqlstate(error) !== '2BP01') return error;
  const { message, detail = '' } = error as Error & { detail?: string };
  return new Problem('DEPENDENTS', `Something was built on top of the migration since: ${message}.`, {
    state: 'The legacy function is live and settled; pools and log are kept. Nothing was dropped.',
    next: 'drop or change these, then the same command again',
    details: detail.split('\n').filter(line => line !== ''),
    cause: error,
  });
}
