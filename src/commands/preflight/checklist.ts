import { writeFile } from 'node:fs/promises';
import { GROUPS } from '../../preflight/criterion.ts';
import { isBlocking, type Judgement } from '../../preflight/run.ts';
import { renderReport } from '../../reports/render.ts';
import { version } from '../../version.ts';
import type { Session } from '../session/session.ts';
import { wholeFile } from '../shown/whole-file.ts';

/** Writes the judgements as a checklist in Markdown. */
export async function writeChecklist(session: Session, judgements: readonly Judgement[], file: string): Promise<void> {
  const { database, version: server, systemIdentifier, user } = session.server;
  const [now] = await session.sql<{ time: string }[]>`
    select to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') as time`;
  const of = (outcome: Judgement['outcome']) => judgements.filter(j => j.outcome === outcome);
  const markdown = renderReport('checklist', {
    database,
    server,
    systemIdentifier,
    user,
    version,
    time: now?.time ?? null,
    verdict: judgements.some(isBlocking) ? 'NO-GO' : 'GO',
    counts: {
      met: of('met').length,
      blocks: of('blocks').length,
      error: of('error').length,
      warns: of('warns').length,
    },
    criteria: judgements,
    groups: GROUPS.map(name => ({ name, criteria: judgements.filter(j => j.name.startsWith(`${name}.`)) })),
    unmet: [...of('blocks'), ...of('error'), ...of('warns')],
  });
  await wholeFile(file, partial => writeFile(partial, markdown));
}
