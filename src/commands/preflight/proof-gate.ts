import { resolve } from 'node:path';
import type { Manifest } from '../../backup/manifest.ts';
import { readProof } from '../../backup/proof.ts';
import { BACKUPS, type Demand, fileOf, fitBackup, newestBackup, readManifest } from '../../backup/read.ts';
import { isMade } from '../../config/found-or-made.ts';
import { parseQualified } from '../../config/names.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import type { Context } from '../session/context.ts';
import { secondsOf } from '../session/duration.ts';
import type { Session } from '../session/session.ts';

/**
 * The proved backup that a migration may begin with, as the journal says it. A rehearsal needs none, and nothing that
 * has begun does: it has its backup, or went without one.
 * @throws Problem BACKUP_UNPROVED with the reason against each backup
 */
export async function requireProof(
  context: Context,
  session: Session,
  options: { backup?: string; withoutBackupProof?: boolean },
): Promise<{ proved: boolean; folder?: string; snapshot?: string } | undefined> {
  if (context.rehearsal) return undefined;
  context.progress({ event: 'work', what: 'reading the backup' });
  if (options.withoutBackupProof) return { proved: false };
  try {
    const { folder, manifest } = await provedBackup(context, session, options.backup);
    return { proved: true, folder, snapshot: manifest.createdAt };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw unproved(session, error, options.backup);
  }
}

async function provedBackup(
  context: Context,
  session: Session,
  named: string | undefined,
): Promise<{ folder: string; manifest: Manifest }> {
  const demand: Demand = async (folder, manifest) => {
    const { tenants, balances, actions, log } = session.config;
    const found = [tenants, balances, actions, log].filter(section => !isMade(section));
    for (const { table } of found) fileOf(folder, manifest, parseQualified(table));
    await requireProved(folder);
    await requireYoung(session, manifest);
  };
  if (named === undefined) return newestBackup(context.folder, session.server, demand);
  const folder = resolve(context.folder, named);
  return { folder, manifest: await fitBackup(folder, session.server, await readManifest(folder), demand) };
}

async function requireProved(folder: string): Promise<void> {
  const proof = await readProof(folder);
  if (!proof) throw unfit('It was not proved by a restore.');
  if (proof.faults.length > 0) throw unfit('Its restore was not what was backed up.', proof.faults);
}

/** Both times are the database's: the snapshot's, and now. */
async function requireYoung({ sql, config }: Session, { createdAt }: Manifest): Promise<void> {
  const { maxAge } = config.backup;
  const [row] = await sql<{ old: boolean }[]>`
    select clock_timestamp() - ${createdAt}::text::timestamptz > make_interval(secs => ${secondsOf(maxAge) ?? 0}) as old`;
  if (row?.old !== false) throw unfit(`It is of ${createdAt}, older than ${maxAge}.`);
}

const unfit = (message: string, details: readonly string[] = []) =>
  new Problem('BACKUP_UNPROVED', message, { state: UNTOUCHED, next: 'creditshift backup --prove', details });

function unproved({ server, config }: Session, cause: Problem, named: string | undefined): Problem {
  const where = named ?? `./${BACKUPS}`;
  return new Problem(
    'BACKUP_UNPROVED',
    `${where} has no backup of ${server.database} that was proved and is younger than ${config.backup.maxAge}.`,
    {
      state: UNTOUCHED,
      next: 'creditshift backup --prove; then the same command again   (--without-backup-proof goes without)',
      details: cause.code === 'BACKUP_MISSING' ? cause.details : [cause.message, ...cause.details],
      cause,
    },
  );
}
