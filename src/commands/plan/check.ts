import { isFailure, runChecks } from '../../checks/run.ts';
import { changesOf } from '../../config/changes.ts';
import { isApplied } from '../../database/state.ts';
import { stepsTo } from '../../migrator.ts';
import { counted } from '../../output/counted.ts';
import type { Block, Finding, Result } from '../../output/types.ts';
import { EXIT } from '../../problems.ts';
import { neededOf } from '../../steps/step.ts';
import type { Session } from '../session/session.ts';

/**
 * Whether the database is as this configuration wants it: no step pending, no revision, and no object that the migration
 * made is another now. For CI: one line, and exit 5 where it is not.
 */
export async function checkPending(session: Session, to: string | undefined): Promise<Result> {
  const { state, config, model, server } = session;
  const pending = neededOf(stepsTo(to), model).filter(step => !isApplied(state, step.name));
  const changes = state ? changesOf(state.config, config) : { lines: [], forbidden: [] };
  const revision = [...changes.lines, ...changes.forbidden];
  const drift = state ? (await runChecks(session, { only: 'schema' })).filter(isFailure) : [];
  const results = [
    finding(
      'steps',
      'every step is applied',
      pending.map(step => step.name),
      'creditshift migrate',
    ),
    finding('revision', 'the configuration is the one applied', revision, 'creditshift plan, then creditshift migrate'),
    finding(
      'drift',
      'what the migration made is as it made it',
      drift.flatMap(check => check.rows.map(row => `${check.name}: ${row}`)),
      'creditshift verify --only schema',
    ),
  ];
  const found = results.filter(result => result.outcome === 'failed');
  const line: Block =
    found.length === 0
      ? { kind: 'mark', tone: 'good', text: `${server.database}: nothing is pending.` }
      : { kind: 'mark', tone: 'bad', text: `${server.database}: ${found.map(told).join('; ')}.` };
  return {
    document: {
      database: server.database,
      pending: pending.map(step => step.name),
      changes: changes.lines,
      forbidden: changes.forbidden,
      drift: drift.map(({ name, count, rows }) => ({ check: name, count, rows })),
    },
    blocks: [line],
    findings: { results, summary: line },
    exitCode: found.length === 0 ? EXIT.done : EXIT.verification,
  };
}

const finding = (name: string, claim: string, rows: string[], remedy: string): Finding => ({
  name: `pending.${name}`,
  group: 'pending',
  claim,
  outcome: rows.length === 0 ? 'passed' : 'failed',
  severity: 'failure',
  count: rows.length,
  rows,
  remedy,
});

/** `3 steps are pending (070_validate, …)`: how many, and the first of them. */
function told({ name, count, rows }: Finding): string {
  const first = rows.slice(0, 3).join(', ') + (count > 3 ? ', …' : '');
  if (name === 'pending.steps') return `${counted(count, 'step')} pending (${first})`;
  if (name === 'pending.revision') return `a revision is pending (${first})`;
  return `drift (${first})`;
}
