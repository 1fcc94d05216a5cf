import { resolve } from 'node:path';
import { copyEntries, entriesSql } from '../../audit/entries.ts';
import { brakeOf, copyOut } from '../../backup/stream.ts';
import { sqlstate } from '../../database/errors.ts';
import type { Result } from '../../output/types.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import type { Context } from '../session/context.ts';
import { readOnly, type Session } from '../session/session.ts';
import { wholeFile } from '../shown/whole-file.ts';
import { type AuditOptions, usage } from './options.ts';

/** Writes the ledger's entries to a file, from one snapshot. */
export async function exportEntries(context: Context, session: Session, options: AuditOptions): Promise<Result> {
  const { organization = null, format = 'jsonl' } = options;
  const selection = { organization, from: momentOf(options.from), until: momentOf(options.until) };
  const out = resolve(context.folder, options.out ?? '');
  const { entries, digest } = await readOnly(session, async tx => {
    // Rows that row security would hide are an error, not a shorter file.
    await tx.unsafe('set local row_security = off; set local statement_timeout = 0');
    // Lines of a CSV are not its entries: a value may have several.
    const [counted] = await tx.unsafe<{ pid: number; entries: string }[]>(
      `select pg_backend_pid() as pid, count(*)::text as entries from (${entriesSql(session.model, selection)}) as e`,
    );
    context.progress({ event: 'work', what: `writing ${counted?.entries ?? 0} entries` });
    const brake = brakeOf(session.sql, counted?.pid ?? 0, context.stopping, interrupted);
    const text = copyEntries(session.model, selection, format);
    const digest = await wholeFile(out, partial => copyOut(tx, text, partial, brake));
    return { entries: Number(counted?.entries ?? 0), digest };
  }).catch(error => {
    if (sqlstate(error) !== '22P02') throw error;
    throw usage(`"${organization}" is not a key of type ${session.model.key}.`);
  });
  const sha256 = digest.sha256();
  return {
    document: { file: out, format, entries, bytes: digest.bytes, sha256, ...selection },
    blocks: [
      { kind: 'mark', tone: 'good', text: `Wrote ${entries} ${entries === 1 ? 'entry' : 'entries'} to ${out}.` },
      { kind: 'facts', facts: [['sha256', sha256]] },
    ],
  };
}

/** Of a day without a time its beginning, in UTC. */
const momentOf = (text: string | undefined): string | null =>
  text === undefined ? null : new Date(text).toISOString();

const interrupted = (): Problem =>
  new Problem('INTERRUPTED', 'The export was stopped, as asked.', {
    state: UNTOUCHED,
    next: 'the same command again; nothing was left behind',
  });
