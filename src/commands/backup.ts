import { join, resolve } from 'node:path';
import { creditTables, describe } from '../backup/contents.ts';
import { type Manifest, writeSnapshot } from '../backup/copy-set.ts';
import { BACKUPS } from '../backup/read.ts';
import type { Block, Result } from '../output/types.ts';
import type { Context } from './context.ts';
import { withSession } from './session.ts';

const COVERS =
  'It holds what this migration changes: balances, price list and log whole, the key and name of each organization, ' +
  'schema creditshift, and definitions as text to compare with. It is not a backup of the database: other tables ' +
  'and columns are not in it, and it was read back and checked, but not proved by a restore.';
const AFTER =
  'The migration of this database has begun, so this is no state to go back to: `rollback --method restore` will refuse it.';

/**
 * Copies the credit tables of one snapshot into a private folder, and verifies what was written.
 * @throws Problem BACKUP_FAILED when it cannot be written whole; nothing is left behind then
 */
export function backup(context: Context, options: { out?: string } = {}): Promise<Result> {
  return withSession(context, async ({ sql, server, state, config, facts, model }) => {
    const time = new Date().toISOString().replaceAll(':', '');
    const folder = resolve(
      context.folder,
      options.out ?? join(BACKUPS, `${encodeURIComponent(server.database)}-${time}`),
    );
    const contents = async (tx: Parameters<Parameters<typeof writeSnapshot>[4]>[0]) => ({
      ...(await describe(tx, state?.config ?? config, facts)),
      tables: await creditTables(tx, model),
    });
    return report(folder, await writeSnapshot(sql, server, folder, 'backup', contents, context));
  });
}

function report(folder: string, manifest: Manifest): Result {
  const { createdAt, database, systemIdentifier, migration, files } = manifest;
  const blocks: Block[] = [
    { kind: 'mark', tone: 'good', text: `Backup of ${database} written and read back.` },
    {
      kind: 'facts',
      facts: [
        ['folder', folder],
        ['snapshot', createdAt],
      ],
    },
    {
      kind: 'table',
      columns: [{ title: 'table' }, { title: 'rows', align: 'right' }, { title: 'bytes', align: 'right' }],
      rows: files.map(f => [f.table.replaceAll('"', ''), String(f.rows), String(f.bytes)]),
    },
    { kind: 'text', text: COVERS, tone: 'dim' },
  ];
  if (migration.started) blocks.push({ kind: 'mark', tone: 'warn', text: AFTER });
  return {
    document: {
      folder,
      createdAt,
      database,
      systemIdentifier,
      restorable: !migration.started,
      proved: false,
      files: files.map(({ table, rows, bytes, sha256 }) => ({ table, rows, bytes, sha256 })),
    },
    blocks,
  };
}
