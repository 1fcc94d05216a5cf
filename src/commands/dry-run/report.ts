import { counted } from '../../output/counted.ts';
import type { Block, Finding, Result } from '../../output/types.ts';
import { EXIT } from '../../problems.ts';
import type { Rehearsal } from '../../rehearsal/record.ts';
import { kebab, summary } from '../shown/findings.ts';
import type { Phase, Rehearsed } from './rehearse.ts';

/** What a person reads of a rehearsal, and the document. */
export function reportRehearsal(rehearsal: Rehearsal, rehearsed: readonly Rehearsed[], record: string): Result {
  const { faults, skipped, waysBack } = rehearsal;
  const results = findingsOf(rehearsal, rehearsed);
  const names = rehearsed[0]?.phases.map(p => p.phase) ?? [];
  const cell = (phase: Phase | undefined) =>
    phase ? `${phase.faults.length > 0 ? 'DIFFERS' : 'ok'} ${phase.seconds.toFixed(2)} s` : '–';
  const blocks: Block[] = [
    { kind: 'title', text: `Dry run of ${rehearsal.of} on ${rehearsal.server}` },
    {
      kind: 'table',
      columns: [{ title: 'phase' }, ...rehearsed.map(r => ({ title: r.method, align: 'right' as const }))],
      rows: names.map((name, index) => [name, ...rehearsed.map(r => cell(r.phases[index]))]),
    },
    {
      kind: 'table',
      columns: [{ title: 'way back' }, ...rehearsed.map(r => ({ title: r.method, align: 'right' as const }))],
      rows: [
        ['measured here', ...waysBack.map(w => `${w.seconds.toFixed(2)} s`)],
        ['the documents promise', ...waysBack.map(w => `${w.promisedSeconds / 60} min`)],
      ],
    },
    ...skipped.map(text => ({ kind: 'mark' as const, tone: 'warn' as const, text: `Not rehearsed: ${text}` })),
    ...rehearsed.flatMap(keptBlocks),
    ...faults.map(text => ({ kind: 'mark' as const, tone: 'bad' as const, text })),
    faults.length === 0
      ? {
          kind: 'mark',
          tone: 'good',
          text: 'No difference: every way back restored catalog, data and balances, and forward again passed.',
        }
      : { kind: 'mark', tone: 'bad', text: `${counted(faults.length, 'difference')}.` },
    { kind: 'text', text: `Recorded in ${record}; creditshift verify says whether it is of the database it looks at.` },
  ];
  return {
    document: { ...rehearsal, record, rehearsed },
    blocks,
    findings: { results, summary: summary(results, 'phases') },
    exitCode: faults.length === 0 ? EXIT.done : EXIT.verification,
  };
}

/** A finding for each phase of each way back, and one for what could not be rehearsed. */
function findingsOf({ skipped }: Rehearsal, rehearsed: readonly Rehearsed[]): Finding[] {
  const remedy = 'see what differs; what the rehearsal meets, the migration will meet';
  const phases = rehearsed.flatMap(({ method, phases }) =>
    phases.map(({ phase, faults }): Finding => {
      const outcome = faults.length === 0 ? 'passed' : 'failed';
      const name = `${method}.${kebab(phase)}`;
      const claim = `${phase}: without a difference`;
      return { name, group: method, claim, remedy, outcome, severity: 'failure', count: faults.length, rows: faults };
    }),
  );
  const complete: Finding = {
    name: 'rehearsal.complete',
    group: 'rehearsal',
    claim: 'everything could be rehearsed',
    remedy: 'rehearse it on a copy that has what is missing',
    outcome: skipped.length === 0 ? 'passed' : 'failed',
    severity: 'warning',
    count: skipped.length,
    rows: skipped,
  };
  return [...phases, complete];
}

/** Rows that stay after a way back that otherwise leaves nothing; after `disable` it goes without saying. */
function keptBlocks({ method, kept }: Rehearsed): Block[] {
  if (method === 'disable') return [];
  const line = (what: string, keys: readonly string[]): Block[] =>
    keys.length === 0
      ? []
      : [{ kind: 'text', tone: 'dim', text: `${method} keeps ${what}: ${keys.slice(0, 20).join(', ')}` }];
  return [
    ...line('actions that log entries refer to', kept.actions),
    ...line('balance rows made by the migration and used since', kept.organizations),
  ];
}
