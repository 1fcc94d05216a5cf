import { counted } from '../output/counted.ts';
import { nameOf, sentence } from '../output/progress.ts';
import type { Block } from '../output/types.ts';
import type { Records } from './records.ts';
import type { UnderWay } from './under-way.ts';

/** What a person reads of the run under way: how far it is, and whom it waits for. */
export function underWayBlocks({ command, startedAt, progress, waitsFor }: UnderWay): Block[] {
  return [
    { kind: 'title', text: `Under way: ${command} since ${timeOf(startedAt)}` },
    { kind: 'text', text: progress ? sentence(progress).trim() : 'nothing told yet' },
    ...waitsFor.map((w): Block => ({ kind: 'mark', tone: 'warn', text: `waits for ${nameOf(w)}` })),
  ];
}

/** What a person reads of the records: steps, checkpoints, runs and what waits. */
export function recordBlocks({ steps, checkpoints, runs, counts }: Records): Block[] {
  return [
    {
      kind: 'table',
      columns: [
        { title: 'step' },
        { title: 'finished' },
        { title: 'ms', align: 'right' },
        { title: 'rows', align: 'right' },
        { title: 'locked, for at most' },
      ],
      rows: steps.map(s => [
        s.step,
        timeOf(s.finishedAt),
        textOf(s.milliseconds),
        textOf(s.rows),
        s.locks.map(l => `${l.table.replaceAll('"', '')} ${l.mode} ${l.milliseconds} ms`).join(', '),
      ]),
    },
    ...checkpoints
      .filter(c => !c.done)
      .map(
        (c): Block => ({
          kind: 'mark',
          tone: 'warn',
          text: `${c.step}: ${c.rows} organizations done, up to key ${c.lastKey ?? '(none)'}`,
        }),
      ),
    { kind: 'title', text: 'Runs' },
    {
      kind: 'table',
      columns: [{ title: 'started' }, { title: 'command' }, { title: 'by' }, { title: 'outcome' }, { title: 'reason' }],
      rows: runs.map(r => [timeOf(r.startedAt), r.command, r.actor, r.outcome ?? 'not finished', r.reason ?? '']),
    },
    {
      kind: 'text',
      text: `Ledger: ${counted(counts.reversals, 'reversal')}, ${counted(counts.topUps, 'top-up')}, ${counted(counts.resets, 'cycle reset')}${counts.archived > 0 ? `; openings for ${counted(counts.archived, 'archived charge')}` : ''}`,
    },
    { kind: 'title', text: 'Open' },
    {
      kind: 'mark',
      tone: counts.pending > 0 ? 'warn' : 'good',
      text: `organizations that wait for a decision: ${counts.pending}`,
    },
    {
      kind: 'mark',
      tone: counts.failed > 0 ? 'bad' : 'good',
      text: `organizations whose allocation failed: ${counts.failed}`,
    },
    { kind: 'mark', tone: 'good', text: `organizations without pools, by rule: ${counts.skipped}` },
    {
      kind: 'mark',
      tone: counts.lateWrites > 0 && !counts.lateWritesAllowed ? 'warn' : 'good',
      text: `writes to the legacy balance since the cutover: ${counts.lateWrites}${counts.lateWritesAllowed ? ', which the policy allows' : ''}`,
    },
  ];
}

const timeOf = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;
const textOf = (value: number | null): string => (value === null ? '' : String(value));
