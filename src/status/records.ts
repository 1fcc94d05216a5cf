import type { Queryable } from '../database/connect.ts';
import type { HeldLock } from '../database/locks.ts';

/** What schema creditshift records of a migration. */
export interface Records {
  steps: StepRow[];
  checkpoints: CheckpointRow[];
  /** The last ten, newest first. */
  runs: RunRow[];
  counts: Counts;
}

export async function readRecords(tx: Queryable): Promise<Records> {
  return {
    steps: await readSteps(tx),
    checkpoints: await readCheckpoints(tx),
    runs: await readRuns(tx),
    counts: await readCounts(tx),
  };
}

/** An applied step, and what it held of the credit tables, each for at most so many milliseconds. */
interface StepRow {
  step: string;
  stage: string;
  finishedAt: Date;
  milliseconds: number | null;
  rows: number | null;
  locks: HeldLock[];
}

/** Applied steps, each with what the journal measured of its last run. */
async function readSteps(tx: Queryable): Promise<StepRow[]> {
  return tx<StepRow[]>`
    select h.step, h.stage, h.finished_at as "finishedAt",
           (j.data ->> 'milliseconds')::integer as milliseconds,
           (j.data ->> 'rows')::bigint as rows,
           coalesce(j.data -> 'locks', '[]') as locks
      from creditshift.history as h
      left join lateral (
        select data from creditshift.journal where event = 'step' and data ->> 'step' = h.step
         order by position desc limit 1
      ) as j on true
     order by h.step`;
}

interface CheckpointRow {
  step: string;
  part: number;
  lastKey: string | null;
  rows: number;
  done: boolean;
}

async function readCheckpoints(tx: Queryable): Promise<CheckpointRow[]> {
  return tx<CheckpointRow[]>`
    select step, part, last_key::text as "lastKey", rows, done from creditshift.checkpoints order by step, part`;
}

export interface RunRow {
  run: string;
  command: string;
  actor: string;
  reason: string | null;
  startedAt: Date;
  finishedAt: Date | null;
  /** `done`, or the code it ended with; null while it runs, or where it was killed. */
  outcome: string | null;
}

async function readRuns(tx: Queryable): Promise<RunRow[]> {
  return tx<RunRow[]>`
    select run, command, actor, reason, started_at as "startedAt", finished_at as "finishedAt", outcome
      from creditshift.runs order by started_at desc limit 10`;
}

interface Counts {
  /** What the ledger holds beside charges and allocations by plan. */
  reversals: number;
  topUps: number;
  resets: number;
  /** Charges and reversals that retention took out of the log. */
  archived: number;
  /** Organizations that wait for a decision on their plan. */
  pending: number;
  /** Organizations whose allocation failed with an error. */
  failed: number;
  /** Organizations that a rule left without pools. */
  skipped: number;
  /** Writes to the legacy balance by old code since the cutover. */
  lateWrites: number;
  /** policies.lateWrites allows them. */
  lateWritesAllowed: boolean;
}

async function readCounts(tx: Queryable): Promise<Counts> {
  const [counts] = await tx<[Counts]>`
    select (select count(*) from creditshift.reversals) as reversals,
           (select count(*) from creditshift.allocations where kind = 'top-up' and reference is not null) as "topUps",
           (select count(*) from creditshift.allocations where kind = 'reset' and reference is not null) as resets,
           (select coalesce(sum(sequence - first_sequence + 1), 0)::bigint from creditshift.allocations where kind = 'opening') as archived,
           (select count(*) from creditshift.exceptions where kind = 'pending') as pending,
           (select count(*) from creditshift.exceptions where kind = 'failed') as failed,
           (select count(*) from creditshift.exceptions where kind = 'skipped') as skipped,
           (select count(*) from creditshift.late_writes) as "lateWrites",
           exists (select from creditshift.policies where policy = 'lateWrites' and value = 'allow') as "lateWritesAllowed"`;
  return counts;
}
