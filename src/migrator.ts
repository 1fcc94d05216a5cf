import { Umzug } from 'umzug';
import { isApplied, readState } from './database/state.ts';
import { Problem, RESUMABLE, UNTOUCHED } from './problems.ts';
import { didYouMean } from './similar.ts';
import { STEPS } from './steps/all.ts';
import { applyStep } from './steps/apply.ts';
import type { Run } from './steps/run.ts';
import { STAGES, type Step } from './steps/step.ts';
import { stopHere } from './steps/stop.ts';

/**
 * Runs the pending steps in order, up to and including the last of `target`.
 * When `beforeStep` throws, the step is not begun.
 * `afterStep` checks what the step established; when it throws, the step stays applied and the run stops there.
 * umzug orders and remembers; each step writes its own history row in its own transaction, so its storage only reads.
 * @returns names of the steps applied
 */
export async function migrateUp(
  run: Run,
  target: readonly Step[],
  afterStep: (step: Step) => Promise<void> = async () => {},
  beforeStep: (step: Step) => Promise<void> = async () => {},
): Promise<string[]> {
  const umzug = new Umzug({
    // A postgres.js client is a function, which umzug would call: it gets an object.
    context: { run },
    logger: undefined,
    migrations: target.map(step => ({
      name: step.name,
      up: async () => {
        stopHere(run, `before ${step.name}`);
        await beforeStep(step);
        await applyStep(run, step);
        await afterStep(step);
      },
    })),
    storage: {
      executed: async () => {
        const state = await readState(run.sql);
        return target.map(step => step.name).filter(name => isApplied(state, name));
      },
      logMigration: async () => {},
      unlogMigration: async () => {},
    },
  });
  try {
    return (await umzug.up()).map(migration => migration.name);
  } catch (error) {
    throw error instanceof Error && error.cause !== undefined && error.name === 'MigrationError' ? error.cause : error;
  }
}

/**
 * The steps that `--to` names: a step, or a stage, which means its last step. Without it all but those run by name only.
 * @throws Problem USAGE for an unknown name
 */
export function stepsTo(to: string | undefined, dropLegacy = false): readonly Step[] {
  const byDefault = STEPS.filter(step => !step.onlyByName && !step.optional);
  if (to === undefined) return byDefault;
  const last = STEPS.findLastIndex(
    step => (step.name === to || step.stage === to) && (dropLegacy || !step.irreversible),
  );
  if (last < 0) {
    throw new Problem('USAGE', `There is no step or stage "${to}".`, {
      state: UNTOUCHED,
      next: `name one of ${STAGES.join(', ')}, or a step that \`creditshift plan\` lists`,
      details: didYouMean(to, [...STAGES, ...STEPS.map(step => step.name)]),
    });
  }
  return STEPS.filter((step, i) => i === last || (i < last && !step.optional));
}

/** Refuses a history with unknown steps or gaps: someone else's, or edited. */
export function guardHistory(applied: readonly { step: string }[]): void {
  const done = applied.map(a => a.step);
  const unknown = done.filter(name => !STEPS.some(step => step.name === name));
  const last = STEPS.findLastIndex(step => done.includes(step.name));
  const gap = STEPS.slice(0, last + 1)
    .filter(step => !step.optional && !step.needed && !done.includes(step.name))
    .map(step => step.name);
  if (unknown.length === 0 && gap.length === 0) return;
  throw new Problem('STATE_CONFLICT', 'The history in creditshift.history does not fit the steps of this program.', {
    state: `${RESUMABLE} This run changed nothing.`,
    next: 'use the creditshift that migrated this database',
    details: [...unknown.map(name => `unknown step ${name}`), ...gap.map(name => `missing step ${name}`)],
  });
}
