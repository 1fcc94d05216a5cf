import type { Config } from '../config/schema.ts';
import { PARTS } from '../steps/parts.ts';
import type { Source } from './source.ts';

/** A step of the history with what the journal says of it. Milliseconds are null where nothing measured them. */
export interface StepTiming {
  step: string;
  stage: string;
  finished: string;
  milliseconds: number | null;
  tries: number | null;
  waited: number | null;
  rows: number | null;
  /** What it held of the credit tables, each for at most so many milliseconds. */
  locks: { table: string; mode: string; milliseconds: number | null }[];
}

export async function readSteps({ tx }: Source): Promise<StepTiming[]> {
  return tx<StepTiming[]>`
    select h.step, h.stage, to_char(h.finished_at, 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') as finished,
           (j.data ->> 'milliseconds')::double precision as milliseconds, (j.data ->> 'tries')::integer as tries,
           (j.data ->> 'waited')::double precision as waited, (j.data ->> 'rows')::double precision as rows,
           replace(coalesce(j.data -> 'locks', '[]')::text, '\\"', '')::jsonb as locks
      from creditshift.history as h
      left join lateral (select data from creditshift.journal
                          where event = 'step' and data ->> 'step' = h.step order by position desc limit 1) as j on true
     order by h.step`;
}

export interface Part {
  part: string;
  planned: number;
  milliseconds: number | null;
  /** Measured as a share of planned, in per cent with two significant digits. */
  ratio: string | null;
  overdue: boolean;
}

/** Planned minutes against measured milliseconds; the parts of the plan that the configuration gives. */
export function partsOf(expected: Config['expected'], steps: readonly StepTiming[], checks: number | null): Part[] {
  const measured = (part: keyof typeof PARTS) =>
    PARTS[part] === null ? checks : (steps.find(step => step.step === PARTS[part])?.milliseconds ?? null);
  const parts = (Object.keys(PARTS) as (keyof typeof PARTS)[]).flatMap(part => {
    const minutes = expected[part];
    return minutes === undefined ? [] : [against(part, minutes * 60_000, measured(part))];
  });
  if (parts.length < 2) return parts;
  const milliseconds = parts.map(part => part.milliseconds).filter(value => value !== null);
  const complete = milliseconds.length === parts.length;
  return [...parts, against('total', sum(parts.map(part => part.planned)), complete ? sum(milliseconds) : null)];
}

function against(part: string, planned: number, milliseconds: number | null): Part {
  const ratio = milliseconds === null ? null : `${Number(((milliseconds / planned) * 100).toPrecision(2))} %`;
  return { part, planned, milliseconds, ratio, overdue: milliseconds !== null && milliseconds > planned };
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Head and length of the hash-chained journal. */
export async function readJournal({ tx }: Source): Promise<{ entries: number; head: string | null }> {
  const [row] = await tx<{ entries: number; head: string | null }[]>`
    select count(*)::integer as entries, (select hash from creditshift.journal order by position desc limit 1) as head
      from creditshift.journal`;
  return row ?? { entries: 0, head: null };
}

/** Who approved what, as recorded when the run began. */
export interface Approved {
  at: string;
  of: string;
  plan: string;
  by: string[];
}

export async function readApprovals({ tx }: Source): Promise<Approved[]> {
  return tx<Approved[]>`
    select to_char(at, 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') as at, data ->> 'of' as of, left(data ->> 'plan', 12) as plan,
           data -> 'by' as by
      from creditshift.journal where event = 'approval' order by position`;
}

/** A rehearsal of this very schema, configuration and SQL. */
export interface Rehearsed {
  at: string;
  of: string;
  waysBack: { method: string; seconds: number }[];
}

/** A way back: what the plan promises, and what the last one done on this database took. */
export interface Method {
  method: 'disable' | 'drop' | 'restore';
  undoes: string;
  /** Milliseconds. */
  promised: number;
  finished: string | null;
  milliseconds: number | null;
}

/** The ways back, and the milliseconds that the documents promise. */
export const METHODS = [
  { method: 'disable', undoes: 'the cutover; pools and log stay', promised: 2 * 60_000 },
  { method: 'drop', undoes: 'everything the toolkit added, after an archive', promised: 5 * 60_000 },
  { method: 'restore', undoes: 'legacy values from a backup, charges since replayed', promised: 15 * 60_000 },
] as const;

/** The three ways back. A `drop` takes its own record with it, so only what is still recorded here is shown. */
export async function readMethods({ tx }: Source): Promise<Method[]> {
  const runs = await tx<{ command: string; finished: string; milliseconds: number }[]>`
    select distinct on (command) command, to_char(finished_at, 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') as finished,
           extract(epoch from finished_at - started_at)::double precision * 1000 as milliseconds
      from creditshift.runs
     where command like 'rollback %' and outcome = 'done'
     order by command, finished_at desc`;
  return METHODS.map(method => {
    const run = runs.find(r => r.command === `rollback ${method.method}`);
    return { ...method, finished: run?.finished ?? null, milliseconds: run?.milliseconds ?? null };
  });
}
