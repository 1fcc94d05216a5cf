import { resolve } from 'node:path';
import type { Block } from '../../output/types.ts';
import { catalogBefore, hashesOf } from '../../rehearsal/hashes.ts';
import { readRecord, rehearsalFile, reservations } from '../../rehearsal/record.ts';
import type { Context } from '../session/context.ts';
import { readOnly, type Session } from '../session/session.ts';

/** The recorded rehearsal, and why it says nothing about this database, this configuration and this SQL, if it does not. */
export async function recordedRehearsal(context: Context, session: Session, named?: string) {
  const file = named === undefined ? rehearsalFile(context.folder) : resolve(context.folder, named);
  const rehearsal = await readRecord(file);
  const catalog = await readOnly(session, catalogBefore);
  const against = reservations(rehearsal, hashesOf(session.config, session.facts, catalog));
  const known = typeof rehearsal === 'object' ? rehearsal : undefined;
  return { file, against, known, matching: against.length === 0 ? known : undefined };
}

/** What `verify` says of the recorded rehearsal: never a failure. */
export async function rehearsalOf(
  context: Context,
  session: Session,
  named?: string,
): Promise<{ document: Record<string, unknown>; blocks: Block[] }> {
  const { file, against, known, matching } = await recordedRehearsal(context, session, named);
  const document = { file, at: known?.at ?? null, matches: matching !== undefined, reservations: against };
  if (matching) {
    const times = matching.waysBack.map(w => `${w.method} ${w.seconds.toFixed(2)} s`).join(', ');
    const text = `rehearsal  of this schema, configuration and SQL, at ${matching.at}: ${times}`;
    return { document, blocks: [{ kind: 'mark', tone: 'good', text }] };
  }
  return {
    document,
    blocks: [
      { kind: 'mark', tone: 'warn', text: `rehearsal  ${against.slice(0, 3).join('; ')}` },
      {
        kind: 'text',
        tone: 'dim',
        text: `    remedy: creditshift dry-run, of this database or a dump of it   (${file})`,
      },
    ],
  };
}
