import { resolve } from 'node:path';
import { copyEntries, type Selection } from '../audit/entries.ts';
import { copyOut } from '../backup/stream.ts';
import { isFailure, runChecks } from '../checks/run.ts';
import type { Queryable, Transaction } from '../database/connect.ts';
import { sqlstate } from '../database/errors.ts';
import type { Block, Result } from '../output/types.ts';
import { EXIT, Problem, UNTOUCHED } from '../problems.ts';
import type { Context } from './context.ts';
import { readOnly, type Session, withSession } from './session.ts';
import { blocksOf, summary } from './verify.ts';
import { wholeFile } from './whole-file.ts';

export interface AuditOptions {
  what: 'verify' | 'export';
  /** verify: a head that was noted before, like 12:5f0c…; everything up to it has to be there, unchanged. */
  head?: string;
  /** export: the file to write. */
  out?: string;
  /** export: only this organization, and only entries from and before these moments in ISO 8601. */
  organization?: string;
  from?: string;
  until?: string;
  format?: 'csv' | 'jsonl';
}

/** Proves the ledger and the journal, or writes the ledger's entries to a file; stores nothing in the database. */
export async function audit(context: Context, options: AuditOptions): Promise<Result> {
  refuseSlips(options);
  return withSession(context, async session => {
    if (!session.state) {
      throw new Problem('NOT_CUT_OVER', `${session.server.database} has no ledger: it is not migrated.`, {
        state: UNTOUCHED,
        next: 'creditshift status; the archive of a rollback keeps the ledger of before',
      });
    }
    return options.what === 'verify' ? prove(session, options.head) : exportEntries(context, session, options);
  });
}

/** @throws Problem USAGE for an option that belongs to the other of the two, or is missing */
function refuseSlips({ what, head, out, organization, from, until, format }: AuditOptions): void {
  const slip =
    what === 'verify'
      ? [out, organization, from, until, format].some(option => option !== undefined) &&
        '--out, --organization, --from, --until and --format go with audit export.'
      : head !== undefined
        ? '--head goes with audit verify.'
        : out === undefined && 'audit export needs --out FILE.';
  const moment = [from, until].find(text => text !== undefined && Number.isNaN(Date.parse(text)));
  if (slip) throw usage(slip);
  if (moment !== undefined) throw usage(`"${moment}" is no moment like 2026-11-21 or 2026-11-21T04:00Z.`);
}

const usage = (message: string): Problem =>
  new Problem('USAGE', message, { state: UNTOUCHED, next: 'creditshift audit --help' });

interface Head {
  position: string;
  hash: string;
}

/** The checks of the ledger, and the journal's head: whoever notes it can tell later that nothing before it was cut off. */
async function prove(session: Session, noted: string | undefined): Promise<Result> {
  const results = await runChecks(session, { only: 'ledger' });
  const [head] = await session.sql<Head[]>`
    select j.position::text as position, j.hash from creditshift.journal as j order by j.position desc limit 1`;
  const kept = noted === undefined ? undefined : await isKept(session.sql, noted);
  const blocks: Block[] = [
    { kind: 'title', text: `Audit of ${session.server.database}` },
    ...results.flatMap(blocksOf),
    ...(kept === undefined
      ? []
      : [
          kept
            ? ({ kind: 'mark', tone: 'good', text: `the journal still has ${noted}` } as const)
            : ({ kind: 'mark', tone: 'bad', text: `the journal has no such row any more: ${noted}` } as const),
        ]),
    summary(results),
    { kind: 'text', text: `Head of the journal: ${head?.position}:${head?.hash}` },
    {
      kind: 'text',
      tone: 'dim',
      text: 'Keep it elsewhere: audit verify --head says later whether all before it is still there.',
    },
  ];
  return {
    document: { checks: results, head: head ?? null, ...(kept !== undefined && { noted, kept }) },
    blocks,
    exitCode: results.some(isFailure) || kept === false ? EXIT.verification : EXIT.done,
  };
}

async function isKept(sql: Queryable, noted: string): Promise<boolean> {
  const [, position, hash] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(noted) ?? [];
  if (position === undefined || hash === undefined) throw usage(`"${noted}" is no head like 12:5f0c…`);
  const rows = await sql`select from creditshift.journal where position = ${position}::bigint and hash = ${hash}`;
  return rows.length > 0;
}

async function exportEntries(context: Context, session: Session, options: AuditOptions): Promise<Result> {
  const { organization = null, format = 'jsonl' } = options;
  const [from, until] = [options.from, options.until].map(text =>
    text === undefined ? null : new Date(text).toISOString(),
  );
  const out = resolve(context.folder, options.out ?? '');
  const digest = await readOnly(session, async tx => {
    // Rows that row security would hide are an error, not a shorter file.
    await tx.unsafe('set local row_security = off; set local statement_timeout = 0');
    const [self] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
    const brake = {
      cancel: async () => session.sql`select pg_cancel_backend(${self?.pid ?? 0})`,
      check: () => {
        if (context.stopping()) throw new Problem('INTERRUPTED', 'The export was stopped, as asked.', stopped);
      },
    };
    const text = copyEntries(
      session.model,
      { organization, from: from ?? null, until: until ?? null } satisfies Selection,
      format,
    );
    return wholeFile(out, partial => copyOut(tx as Transaction, text, partial, brake));
  }).catch(error => {
    if (sqlstate(error) !== '22P02') throw error;
    throw usage(`"${organization}" is not a key of type ${session.model.key}.`);
  });
  const entries = digest.rows - (format === 'csv' ? 1 : 0);
  const sha256 = digest.sha256();
  return {
    document: { file: out, format, entries, bytes: digest.bytes, sha256, organization, from, until },
    blocks: [
      {
        kind: 'mark',
        tone: 'good',
        text: `Wrote ${entries} ${entries === 1 ? 'entry' : 'entries'} to ${out}.`,
      },
      { kind: 'facts', facts: [['sha256', sha256]] },
    ],
  };
}

const stopped = { state: UNTOUCHED, next: 'the same command again; nothing was left behind' };
