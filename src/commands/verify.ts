import { archivedHere } from '../backup/archives.ts';
import { type CheckResult, isFailure, runChecks } from '../checks/run.ts';
import { databaseState } from '../checks/state.ts';
import type { Block, Result } from '../output/types.ts';
import { EXIT } from '../problems.ts';
import type { Context } from './session/context.ts';
import { withSession } from './session/session.ts';
import { checking } from './shown/checking.ts';
import { type Least, summary } from './shown/findings.ts';
import { rehearsalOf } from './shown/rehearsal-line.ts';

export interface VerifyOptions {
  /** A group, or the name of a check. */
  only?: string | undefined;
  /** The least severity that counts; failure when absent. With warning, every violation is a failure. */
  severity?: Least | undefined;
  /** The record of a rehearsal; creditshift-state/rehearsal.json when absent. */
  rehearsal?: string | undefined;
}

/** Runs the checks of the state the database is in. Stores nothing. */
export async function verify(context: Context, options: VerifyOptions = {}): Promise<Result> {
  return withSession(context, async session => {
    const archived = session.state === undefined && (await archivedHere(context.folder, session.server));
    const found = await runChecks(session, { ...options, archived, ...checking(context.progress) });
    const results = options.severity === 'warning' ? found.map(asFailure) : found;
    const state = databaseState(session.state, archived);
    const rehearsal =
      options.only === undefined && !context.rehearsal
        ? await rehearsalOf(context, session, options.rehearsal)
        : undefined;
    const blocks: Block[] = [
      { kind: 'title', text: `Verification of ${session.server.database}` },
      {
        kind: 'facts',
        facts: [['state', state], ...(session.state ? [['mode', session.state.mode] as [string, string]] : [])],
      },
      ...results.flatMap(blocksOf),
      ...(rehearsal?.blocks ?? []),
      summary(results),
    ];
    return {
      document: { state, checks: results, ...(rehearsal && { rehearsal: rehearsal.document }) },
      blocks,
      findings: { results, summary: summary(results) },
      exitCode: results.some(isFailure) ? EXIT.verification : EXIT.done,
    };
  });
}

const asFailure = (result: CheckResult): CheckResult => ({ ...result, severity: 'failure' });

/** A check's line, and what it found. */
export function blocksOf(result: CheckResult): Block[] {
  const { name, claim, outcome, count, rows, remedy } = result;
  if (outcome === 'passed') return [{ kind: 'mark', tone: 'good', text: `${name}  ${claim}` }];
  const tone = isFailure(result) ? 'bad' : 'warn';
  const detail = (text: string): Block => ({ kind: 'text', tone: 'dim', text: `    ${text}` });
  return [
    { kind: 'mark', tone, text: `${name}  ${claim}` },
    ...rows.map(row => ({ kind: 'text', text: `    ${row}` }) satisfies Block),
    ...(count > rows.length ? [detail(`… ${count} in all`)] : []),
    ...(outcome === 'not judged' ? [] : [detail(`remedy: ${remedy}`)]),
  ];
}
