import { type CheckResult, isFailure, runChecks } from '../../checks/run.ts';
import type { Queryable } from '../../database/connect.ts';
import type { Block, Result } from '../../output/types.ts';
import { EXIT } from '../../problems.ts';
import type { Context } from '../session/context.ts';
import type { Session } from '../session/session.ts';
import { checking } from '../shown/checking.ts';
import { summary } from '../shown/findings.ts';
import { blocksOf } from '../verify.ts';
import { usage } from './options.ts';

/** The checks of ledger and audit, and the journal's head: whoever notes it can tell later that nothing before it was cut off. */
export async function proveLedger({ progress }: Context, session: Session, noted: string | undefined): Promise<Result> {
  const results: CheckResult[] = [];
  for (const only of ['ledger', 'audit']) {
    results.push(...(await runChecks(session, { only, ...checking(progress) })));
  }
  const [head] = await session.sql<{ position: string; hash: string }[]>`
    select j.position::text as position, j.hash from creditshift.journal as j order by j.position desc limit 1`;
  const kept = noted === undefined ? undefined : await isKept(session.sql, noted);
  return {
    document: { checks: results, head: head ?? null, ...(kept !== undefined && { noted, kept }) },
    blocks: [
      { kind: 'title', text: `Audit of ${session.server.database}` },
      ...results.flatMap(blocksOf),
      ...(kept === undefined ? [] : [keptLine(kept, noted)]),
      summary(results),
      { kind: 'text', text: `Head of the journal: ${head?.position}:${head?.hash}` },
      {
        kind: 'text',
        tone: 'dim',
        text: 'Keep it elsewhere: audit verify --head says later whether all before it is still there.',
      },
    ],
    exitCode: results.some(isFailure) || kept === false ? EXIT.verification : EXIT.done,
  };
}

const keptLine = (kept: boolean, noted: string | undefined): Block =>
  kept
    ? { kind: 'mark', tone: 'good', text: `the journal still has ${noted}` }
    : { kind: 'mark', tone: 'bad', text: `the journal has no such row any more: ${noted}` };

async function isKept(sql: Queryable, noted: string): Promise<boolean> {
  const [, position, hash] = /^(\d{1,18}):([0-9a-f]{64})$/.exec(noted) ?? [];
  if (position === undefined || hash === undefined) throw usage(`"${noted}" is no head like 12:5f0c…`);
  const rows = await sql`select from creditshift.journal where position = ${position}::bigint and hash = ${hash}`;
  return rows.length > 0;
}
