import { type Entry, readActivity, readFirst } from './activity.ts';
import { readCallables, readTables } from './architecture.ts';
import { readChanges } from './changes.ts';
import { obstaclesTo } from './checks.ts';
import { readCommon, type Told } from './common.ts';
import { readOverTime } from './over-time.ts';
import { readActions } from './pricing.ts';
import type { Source } from './source.ts';
import { type Method, partsOf, type Rehearsed, readApprovals, readJournal, readMethods, readSteps } from './timings.ts';

/** A person's text and the name of the file it came from. */
export interface Notes {
  file: string;
  text: string;
}

export type CompletionData = Awaited<ReturnType<typeof readCompletion>>;

/** Data of reports/completion.md: what was migrated, with what result, measured. */
export async function readCompletion(source: Source, told: Told, notes: Notes | null, rehearsal: Rehearsed | null) {
  const common = await readCommon(source, told);
  const steps = await readSteps(source);
  const parts = partsOf(source.config.expected, steps, told.checks.length > 0 ? told.checksMilliseconds : null);
  const labels = common.pools.map(pool => pool.label);
  return {
    ...common,
    obstacles: obstaclesTo(common.mode, common.pending, common.summary),
    tables: await readTables(source),
    changes: await readChanges(source),
    callables: await readCallables(source),
    actions: await readActions(source),
    activity: await readActivity(source, null),
    overTime: await readOverTime(source, null),
    walk: (await readFirst(source)).map(entry => ({ ...entry, ...answerOf(entry, labels) })),
    rehearsal,
    approvals: await readApprovals(source),
    methods: (await readMethods(source)).map(method => ({ ...method, rehearsed: rehearsedIn(rehearsal, method) })),
    guard: { ...source.config.guard, errorRate: source.config.guard.application?.errorRate ?? null },
    steps,
    parts,
    overdue: parts.filter(part => part.overdue),
    retried: steps.filter(step => (step.tries ?? 1) > 1),
    measuredTries: steps.some(step => step.tries !== null),
    journal: await readJournal(source),
    notes,
  };
}

/** Milliseconds that the way back took there; null where it was not rehearsed. */
function rehearsedIn(rehearsal: Rehearsed | null, { method }: Method): number | null {
  const way = rehearsal?.waysBack.find(way => way.method === method);
  return way === undefined ? null : way.seconds * 1000;
}

/** What the call was answered and what it moved, from its entry in the log. */
function answerOf(entry: Entry, labels: readonly string[]): { answer: string; delta: string } {
  const of = (index: number) => ({
    label: labels[index],
    consumed: BigInt(entry.consumed[index] ?? 0),
    after: BigInt(entry.after[index] ?? 0),
  });
  const pools = labels.map((_, index) => of(index));
  const charged = pools.filter(pool => pool.consumed !== 0n);
  if (entry.success) {
    return {
      answer: `${BigInt(entry.quantity) < 0n ? 'reversed' : 'success'}, ${charged.map(p => `${p.label} ${p.after} remaining`).join(', ')}`,
      delta: charged.map(p => `${p.label} ${p.after + p.consumed} → ${p.after}`).join(', '),
    };
  }
  const left = pools.filter((_, index) => entry.priced[index]);
  return {
    answer: `refused, ${entry.outcome}${left.length > 0 ? `, ${left.map(p => `${p.label} ${p.after} available`).join(', ')}` : ''}`,
    delta: 'none',
  };
}
