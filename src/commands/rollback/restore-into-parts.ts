import { resolve } from 'node:path';
import { requirePrograms } from '../../backup/dump/programs.ts';
import { type Chosen, type Demand, fitBackup, newestBackup, readManifest } from '../../backup/read.ts';
import { buildModel } from '../../config/model.ts';
import type { Config } from '../../config/schema.ts';
import type { ServerFacts, Sql } from '../../database/connect.ts';
import type { Facts } from '../../database/facts.ts';
import { pastPooler } from '../../database/supabase.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import { requireRoom } from '../../rollback/into/database.ts';
import { restoreWhole, type Whole } from '../../rollback/into/restore.ts';
import type { Since } from '../../rollback/into/since.ts';
import type { Context } from '../session/context.ts';

export interface IntoOptions {
  /** Name of the new database. */
  into: string;
  /** The backup's folder; the newest one with a dump when absent. */
  from?: string;
  /** Which balances to believe where the two disagree. */
  balances?: 'current' | 'backup';
  reason?: string;
  /** Where the old database cannot be read: the archive of a rollback, which has its charges. */
  replay?: string;
  /** Charges that nobody can know of are given up. */
  acceptUnknownWindow?: boolean;
  approvedBy?: string[];
}

/** Everything that can be refused before anything is changed, and the backup. */
export async function ready(context: Context, sql: Sql, server: ServerFacts, options: IntoOptions): Promise<Chosen> {
  if (!server.direct) throw pooled(server);
  await requireRoom(sql, context.target, options.into);
  const backup = await findBackup(context, server, options.from);
  const needed = { major: backup.manifest.dump?.major ?? 0, of: 'the dump' } as const;
  await requirePrograms(['pg_restore'], needed, context.target.environment, { needs: '--into' });
  return backup;
}

const pooled = (server: ServerFacts) =>
  new Problem('DIRECT_CONNECTION_NEEDED', 'A pooler is in between, and does not know a database that is made now.', {
    state: UNTOUCHED,
    next: pastPooler(server),
  });

async function findBackup(context: Context, server: ServerFacts, from: string | undefined): Promise<Chosen> {
  if (from === undefined) return newestBackup(context.folder, server, requireDump);
  const folder = resolve(context.folder, from);
  return { folder, manifest: await fitBackup(folder, server, await readManifest(folder), requireDump), rejected: [] };
}

const requireDump: Demand = async (folder, { dump, withoutDump }) => {
  if (dump) return;
  throw new Problem('BACKUP_MISSING', `${folder} has no full dump${withoutDump ? `: ${withoutDump}` : ''}.`, {
    state: UNTOUCHED,
    next: 'name a backup that has one with --from, or restore in place, without --into',
  });
};

/** restoreWhole, with the backup that was chosen. */
export function restoreFrom(
  { target, progress, stopping }: Context,
  sql: Sql,
  { into, balances }: IntoOptions,
  { folder, manifest }: Chosen,
  since: Since | undefined,
  old?: Sql,
): Promise<Whole> {
  const model = buildModel(manifest.config as Config, manifest.facts as Facts);
  return restoreWhole({
    sql,
    target,
    into,
    folder,
    manifest,
    model,
    since,
    believe: balances,
    progress,
    stopping,
    ...(old && { old }),
  });
}

/** @throws Problem NOT_CONFIRMED */
export async function confirmed(context: Context, question: string): Promise<void> {
  if (await context.confirm(question)) return;
  throw new Problem('NOT_CONFIRMED', 'Not confirmed.', {
    state: 'This run changed nothing.',
    next: 'creditshift status',
  });
}
