import { join } from 'node:path';
import type { Manifest } from '../../backup/manifest.ts';
import { fileOf, loadCopyFile } from '../../backup/read.ts';
import { type Brake, copyIn, copyOut } from '../../backup/stream.ts';
import { buildModel, type Model } from '../../config/model.ts';
import { Qualified, quoteIdentifier } from '../../config/names.ts';
import { renderSql } from '../../config/render.ts';
import type { Config } from '../../config/schema.ts';
import type { Transaction } from '../../database/connect.ts';
import type { Facts } from '../../database/facts.ts';
import { isApplied, type State } from '../../database/state.ts';
import { Problem } from '../../problems.ts';
import { enter, type Run } from '../../steps/run.ts';
import { settle } from '../settle.ts';

const ALLOCATIONS = new Qualified('creditshift', 'allocations');
const COLUMNS = ['organization', 'delta', 'current', 'total', 'used', 'gone'];

/** Fills the temporary table `creditshift_since` with what happened since the backup; a row an organization. */
export type Since = (tx: Transaction) => Promise<void>;

/** Makes the table that a Since fills, for the rest of the transaction. */
export async function makeSince(tx: Transaction, model: Model): Promise<void> {
  await tx.unsafe(`create temp table creditshift_since (organization ${model.key} primary key, delta numeric not null,
    current numeric, total numeric, used numeric, gone boolean not null) on commit drop`);
}

/**
 * Reads it in the old database, as if everything were settled there, into a file of a private folder. Charging has to be
 * paused, or what comes after it is lost.
 */
export async function sinceFromDatabase(run: Run, state: State, folder: string): Promise<Since> {
  const file = join(folder, 'since.copy');
  const dropped = isApplied(state, '110_drop_legacy');
  const model = buildModel(state.config, state.facts);
  const undo = new Error('tried, not kept');
  const reading = run.sql.begin(async tx => {
    await enter(tx, run, 'replay');
    await tx.unsafe(`set local statement_timeout = 0; set local row_security = off`);
    if (isApplied(state, '090_cutover') && !dropped) await settle(tx, run);
    const text = renderSql('rollback/since.sql', { ...model, allocations: ALLOCATIONS, dropped });
    await copyOut(tx, `copy (${text}) to stdout`, file, await brakeOf(tx, run));
    throw undo;
  });
  await reading.catch(error => {
    if (error !== undo) throw error;
  });
  return async tx => {
    await copyIn(tx, `copy creditshift_since (${COLUMNS.join(', ')}) from stdin`, file);
  };
}

async function brakeOf(tx: Transaction, run: Run): Promise<Brake> {
  const [own] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return {
    cancel: async () => run.sql`select pg_cancel_backend(${own?.pid ?? 0})`,
    check: () => {
      if (!run.stopping()) return;
      throw new Problem('INTERRUPTED', 'Stopped, as asked.', {
        state: 'Charging is paused; the new database is not finished.',
        next: 'the same command again',
      });
    },
  };
}

/** Reads it from the archive of a rollback, which holds log, allocations and balances of when it was settled. */
export function sinceFromArchive(folder: string, manifest: Manifest): Since {
  const model = buildModel(manifest.config as Config, manifest.facts as Facts);
  return async tx => {
    const load = async (name: string, table: Qualified) => {
      const file = fileOf(folder, manifest, table);
      const columns = file.columns.map(column => `${quoteIdentifier(column)} text`).join(', ');
      await tx.unsafe(`create temp table ${name} (${columns}) on commit drop`);
      await loadCopyFile(tx, folder, file, `pg_temp.${name}`);
      return new Qualified('pg_temp', name);
    };
    const log = { ...model.log, table: await load('creditshift_log', model.log.table) };
    const balances = { ...model.balances, table: await load('creditshift_balances', model.balances.table) };
    const allocations = await load('creditshift_allocations', ALLOCATIONS);
    const text = renderSql('rollback/since.sql', { ...model, log, balances, allocations, dropped: false });
    await tx.unsafe(`insert into creditshift_since (${COLUMNS.join(', ')}) ${text}`);
  };
}
