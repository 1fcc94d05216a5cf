import { resolve } from 'node:path';
import type { Block } from '../output/types.ts';
import { catalogBefore, hashesOf } from '../rehearsal/hashes.ts';
import { readRecord, rehearsalFile, reservations } from '../rehearsal/record.ts';
import type { Context } from './context.ts';
import { readOnly, type Session } from './session.ts';

/** Whether the recorded rehearsal is one of this database, this configuration and this SQL: never a failure. */
export async function rehearsalOf(
  context: Context,
  session: Session,
  named?: string,
): Promise<{ document: Record<string, unknown>; blocks: Block[] }> {
  const file = named === undefined ? rehearsalFile(context.folder) : resolve(context.folder, named);
  const rehearsal = await readRecord(file);
  const catalog = await readOnly(session, catalogBefore);
  const against = reservations(rehearsal, hashesOf(session.config, session.facts, catalog));
  const known = typeof rehearsal === 'object' ? rehearsal : undefined;
  const document = { file, at: known?.at ?? null, matches: against.length === 0, reservations: against };
  if (known && against.length === 0) {
    const times = known.waysBack.map(w => `${w.method} ${w.seconds.toFixed(2)} s`).join(', ');
    const text = `rehearsal  of this schema, configuration and SQL, at ${known.at}: ${times}`;
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
