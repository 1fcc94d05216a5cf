import { inSnapshot, rolledBack } from '../checks/isolation.ts';
import { sqlstate } from '../database/errors.ts';
import type { Criterion, Finding, Outcome, Subject } from './criterion.ts';

/** What became of one criterion. */
export interface Judgement {
  name: string;
  claim: string;
  outcome: Outcome;
  found: string[];
  remedy: string;
}

/** True of a judgement with which no migrate should begin. */
export const isBlocking = ({ outcome }: Judgement): boolean => outcome === 'blocks' || outcome === 'error';

/**
 * Judges each criterion in a read-only snapshot of its own, or in a transaction that is rolled back.
 * @param tell told before each
 */
export async function judgeAll(
  criteria: readonly Criterion[],
  subject: Subject,
  tell?: (name: string, place: number, of: number) => void,
): Promise<Judgement[]> {
  const judgements: Judgement[] = [];
  const asked = criteria.filter(criterion => criterion.asked?.(subject.evidence) ?? true);
  for (const [i, criterion] of asked.entries()) {
    tell?.(criterion.name, i + 1, asked.length);
    judgements.push(await judgeOne(criterion, subject));
  }
  return judgements;
}

async function judgeOne(criterion: Criterion, subject: Subject): Promise<Judgement> {
  const { name, claim, remedy, probes } = criterion;
  const isolate = probes ? rolledBack<Finding> : inSnapshot<Finding>;
  try {
    const finding = await isolate(subject.sql, async sql => {
      // Parallel workers would take the clients' processors.
      await sql.unsafe('set local max_parallel_workers_per_gather = 0');
      return criterion.find({ ...subject, sql });
    });
    return { name, claim, ...finding, remedy };
  } catch (error) {
    return { name, claim, outcome: 'error', found: [`could not be judged: ${reasonOf(error)}`], remedy };
  }
}

function reasonOf(error: unknown): string {
  const state = sqlstate(error);
  return `${(error as Error).message}${state ? ` (SQLSTATE ${state})` : ''}`;
}
