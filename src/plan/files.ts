import type { Model } from '../config/model.ts';
import { Fragment } from '../config/names.ts';
import { renderSql } from '../config/render.ts';
import type { Queryable } from '../database/connect.ts';
import { isApplied, type State } from '../database/state.ts';
import { STEPS } from '../steps/all.ts';
import { forwardSql, inverseSql, neededOf, type Step, statementsOf } from '../steps/step.ts';
import { version } from '../version.ts';
import type { Naming } from './names.ts';

/** What becomes one migration of another tool. */
export interface Migration {
  /** `020_expand_balances`; an index build has its number behind it. */
  title: string;
  step: Step;
  forward: string;
  undo?: string;
  /** It cannot run in a transaction. */
  alone: boolean;
}

/** How long a file waits for a lock before it gives up: whoever queues behind it waits as long. */
const LOCK_TIMEOUT = '2s';
/** Stages that creditshift goes through itself: they record, allocate in pages, or switch under a lock ladder. */
const OWN = ['control', 'shadow', 'cutover', 'contract'];

/** The pending steps of `target` that another tool can run, up to the first that it cannot; `own` is that one. */
export function stepsForFiles(
  target: readonly Step[],
  state: State | undefined,
  concurrent: boolean,
): { steps: Step[]; own: Step | undefined } {
  const pending = target.filter(step => !isApplied(state, step.name));
  const canBe = (step: Step) =>
    !OWN.includes(step.stage) && (step.kind === 'transactional' || (concurrent && step.kind === 'concurrent'));
  const end = pending.findIndex(step => !canBe(step));
  return { steps: end < 0 ? pending : pending.slice(0, end), own: pending[end] };
}

/** These steps as migrations of another tool, for the database of `sql` as its last revision describes it. */
export async function migrationsOf(
  sql: Queryable,
  steps: readonly Step[],
  model: Model,
  naming: Naming,
): Promise<Migration[]> {
  const [row] = await sql.unsafe<{ recorded: string }[]>(renderSql('migrations/_recorded.sql', {}));
  return steps.flatMap(step =>
    step.kind === 'concurrent' ? indexBuilds(step, model, naming) : transactional(step, model, row?.recorded ?? ''),
  );
}

function transactional(step: Step, model: Model, recorded: string): Migration {
  const required = neededOf(
    STEPS.filter(other => !other.optional),
    model,
  );
  const previous = required.filter(other => other.name < step.name).at(-1)?.name ?? '';
  const terms = { step: step.name, stage: step.stage, previous, recorded, version, lockTimeout: LOCK_TIMEOUT };
  const locks = step.locks(model).map(({ table, mode }) => `${table.replaceAll('"', '')} ${mode}`);
  const head = [
    `creditshift ${version}, step ${step.name}: ${step.claim}. Locks ${locks.join(', ') || 'nothing of yours'}.`,
    'One statement: it is done whole, with its row in creditshift.history, or not at all, inside a transaction or outside.',
    'It does nothing where it is applied, nor on a database without schema creditshift: an empty one, a shadow database.',
  ];
  const file = (part: string, sql: string) =>
    `${comment(head)}${renderSql(`migrations/${part}.sql`, { ...terms, sql: new Fragment(sql) })}`;
  return {
    title: step.name,
    step,
    alone: false,
    forward: file('_step_file', forwardSql(step, model)),
    undo: file('_undo_file', inverseSql(step, model)),
  };
}

const CAVEATS: Record<Naming, string> = {
  plain: 'Run it by psql without -1.',
  supabase: 'Needs Supabase CLI 2.109 or later, which runs such a statement by itself; older ones fail with 25001.',
  flyway:
    'The .conf beside it says executeInTransaction=false; set flyway.postgresql.transactional.lock=false too, or Flyway waits for itself.',
  prisma: 'The only statement of its file, so that Prisma opens no transaction around it.',
};

/** One a statement: nothing may stand beside it. creditshift looks at the index itself, so no history is written. */
function indexBuilds(step: Step, model: Model, naming: Naming): Migration[] {
  return statementsOf(forwardSql(step, model)).map((statement, i) => ({
    title: `${step.name}_${i + 1}`,
    step,
    alone: true,
    forward: `${comment([
      `creditshift ${version}, step ${step.name}: ${step.claim}. Built concurrently: reads and writes go on.`,
      CAVEATS[naming],
      'It fails on a database where nothing was migrated. creditshift migrate takes the index as its own if it is whole.',
    ])}${statement};\n`,
  }));
}

const comment = (lines: readonly string[]): string => `${lines.map(line => `-- ${line}`).join('\n')}\n`;
