import { join, resolve } from 'node:path';
import { contentsOf } from '../../backup/contents.ts';
import { type Manifest, writeSnapshot } from '../../backup/copy-set.ts';
import { takeDump } from '../../backup/dump/take.ts';
import type { Proof } from '../../backup/proof.ts';
import { BACKUPS, checkBeforeMigration, readCopySet } from '../../backup/read.ts';
import type { Transaction } from '../../database/connect.ts';
import type { ServerOptions } from '../../disposable/start.ts';
import { counted } from '../../output/counted.ts';
import type { Block, Result } from '../../output/types.ts';
import { EXIT, Problem, UNTOUCHED } from '../../problems.ts';
import type { Context } from '../session/context.ts';
import { type Session, withSession } from '../session/session.ts';
import { withProver } from './prover.ts';

const COVERS =
  'It holds what this migration changes: balances, price list and log whole, the key and name of each organization, ' +
  'schema creditshift, and what makes them again. ';
const COPY_ONLY = 'It is not a backup of the database: other tables and columns are not in it.';
const FULL = 'The dump is of the whole database, for `rollback --method restore --into NAME`; roles are not in it.';
const UNPROVED = 'It was read back and checked, but not proved by a restore: migrate asks for `backup --prove`.';
const AFTER =
  'The migration of this database has begun, so this is no state to go back to: `rollback --method restore` will refuse it.';

/** With prove, a server: where it is proved; default: embedded, of the database's major version. */
export interface BackupOptions extends ServerOptions {
  /** Folder that is made; a dated one below the working folder when absent. */
  out?: string;
  /** The COPY part alone, also where pg_dump is there. */
  withoutDump?: boolean;
  prove?: boolean;
  /** With prove: this backup, instead of a new one; no database is connected to. */
  backup?: string;
}

/**
 * Copies the credit tables of one snapshot into a private folder, and verifies what was written; with `prove` by
 * restoring it into a throw-away database, for which there has to be a server before anything is written.
 * @throws Problem BACKUP_FAILED when it cannot be written whole; nothing is left behind then
 */
export async function backup(context: Context, options: BackupOptions = {}): Promise<Result> {
  refuseSlips(options);
  if (options.backup !== undefined) return proveExisting(context, resolve(context.folder, options.backup), options);
  return withSession(context, async session => {
    if (!options.prove) return report(await write(context, session, options));
    refuseStarted(session);
    return withProver(context, session.server.version, options, async prove => {
      const written = await write(context, session, options);
      return report(written, await prove(written.folder));
    });
  });
}

/** @throws Problem BACKUP_DAMAGED, BACKUP_AFTER_MIGRATION */
async function proveExisting(context: Context, folder: string, server: ServerOptions): Promise<Result> {
  const manifest = await readCopySet(folder);
  checkBeforeMigration(manifest);
  return withProver(context, manifest.serverVersion, server, async prove =>
    report({ folder, manifest, existing: true }, await prove(folder)),
  );
}

interface Written {
  folder: string;
  manifest: Manifest;
  /** It was there already. */
  existing?: true;
}

async function write(context: Context, session: Session, options: BackupOptions): Promise<Written> {
  const { sql, server, state, config, facts, model } = session;
  const time = new Date().toISOString().replaceAll(':', '');
  const folder = resolve(
    context.folder,
    options.out ?? join(BACKUPS, `${encodeURIComponent(server.database)}-${time}`),
  );
  const contents = async (tx: Transaction) => {
    const dump = (partial: string) => takeDump(tx, { server, target: context.target, watch: context }, partial);
    const wanted = !options.withoutDump && !context.rehearsal;
    return { ...(await contentsOf(tx, model, state?.config ?? config, facts)), ...(wanted && { dump }) };
  };
  return { folder, manifest: await writeSnapshot(sql, server, folder, 'backup', contents, context) };
}

function refuseStarted({ state }: Session): void {
  if (!state) return;
  throw new Problem('BACKUP_AFTER_MIGRATION', 'The migration has begun: a backup of now is no state to go back to.', {
    state: UNTOUCHED,
    next: 'creditshift backup without --prove still copies; creditshift status says what comes next',
  });
}

/** @throws Problem USAGE */
function refuseSlips({ prove, server, postgres, image, backup, out, withoutDump }: BackupOptions): void {
  const slip =
    (server ?? postgres ?? image) !== undefined && !prove
      ? '--server, --postgres and --image say where a backup is proved, and go with --prove.'
      : backup !== undefined && !prove
        ? '--backup names a backup to prove, and goes with --prove.'
        : backup !== undefined && (out !== undefined || withoutDump)
          ? '--backup names a backup that is there: nothing is written, so --out and --without-dump say nothing.'
          : undefined;
  if (slip === undefined) return;
  throw new Problem('USAGE', slip, { state: UNTOUCHED, next: 'creditshift backup --help' });
}

function report({ folder, manifest, existing }: Written, proof?: Proof): Result {
  const { createdAt, database, systemIdentifier, migration, files, dump, withoutDump } = manifest;
  const blocks: Block[] = [
    { kind: 'mark', tone: 'good', text: `Backup of ${database} ${existing ? 'read' : 'written and read'} back.` },
    {
      kind: 'facts',
      facts: [
        ['folder', folder],
        ['snapshot', createdAt],
        ...(dump
          ? [['dump', `${counted(dump.files.length, 'file')}, ${bytesOf(dump.files)} bytes`] as [string, string]]
          : []),
      ],
    },
    {
      kind: 'table',
      columns: [{ title: 'table' }, { title: 'rows', align: 'right' }, { title: 'bytes', align: 'right' }],
      rows: files.map(f => [f.table.replaceAll('"', ''), String(f.rows), String(f.bytes)]),
    },
    { kind: 'text', text: `${COVERS}${dump ? FULL : COPY_ONLY}`, tone: 'dim' },
  ];
  if (withoutDump) blocks.push({ kind: 'mark', tone: 'warn', text: `No full dump beside it: ${withoutDump}.` });
  if (proof) blocks.push(...proofBlocks(proof));
  else if (migration.started) blocks.push({ kind: 'mark', tone: 'warn', text: AFTER });
  else blocks.push({ kind: 'text', text: UNPROVED, tone: 'dim' });
  return {
    document: {
      folder,
      createdAt,
      database,
      systemIdentifier,
      restorable: !migration.started,
      proved: proof !== undefined && proof.faults.length === 0,
      proof,
      dump: dump ? { files: dump.files.length, bytes: bytesOf(dump.files) } : null,
      withoutDump,
      files: files.map(({ table, rows, bytes, sha256 }) => ({ table, rows, bytes, sha256 })),
    },
    blocks,
    exitCode: proof && proof.faults.length > 0 ? EXIT.verification : EXIT.done,
  };
}

const bytesOf = (files: readonly { bytes: number }[]) => files.reduce((sum, file) => sum + file.bytes, 0);

function proofBlocks({ server, seconds, charged, dump, dumpUnproved, faults }: Proof): Block[] {
  if (faults.length > 0) {
    const text = `Not proved: restored on ${server} it is not what was backed up.`;
    return [{ kind: 'mark', tone: 'bad', text }, ...lines([...faults, ...(dump?.left ?? []).map(notMade)])];
  }
  const spent = charged
    ? `and ${charged.action} charged ${charged.spent} there`
    : 'and there is no function, no organization or no priced action to charge with there';
  const blocks: Block[] = [
    {
      kind: 'mark',
      tone: 'good',
      text: `Proved: restored on ${server} in ${seconds.restore.toFixed(1)} s; all control totals are equal, ${spent}.`,
    },
  ];
  if (dump) {
    const text = `The dump too: pg_restore took ${dump.seconds.toFixed(1)} s, with the same totals and the same charge.`;
    blocks.push({ kind: 'mark', tone: 'good', text });
    if (dump.left.length > 0) {
      const text = `${counted(dump.left.length, 'command')} of it failed on that server, beside the credit tables:`;
      blocks.push({ kind: 'mark', tone: 'warn', text }, ...lines(dump.left));
    }
  }
  if (dumpUnproved) blocks.push({ kind: 'mark', tone: 'warn', text: `The dump was not restored: ${dumpUnproved}.` });
  return [...blocks, { kind: 'text', text: 'Next: creditshift migrate' }];
}

const lines = (texts: readonly string[]): Block[] =>
  texts.slice(0, 20).map(text => ({ kind: 'text', text: `  ${text}` }) as const);
const notMade = (line: string) => `dump: not made: ${line}`;
