import { newestBackup } from '../../backup/read.ts';
import { CHECKS } from '../../checks/all.ts';
import { groupOf } from '../../checks/check.ts';
import { type CheckResult, runChecks } from '../../checks/run.ts';
import { databaseState } from '../../checks/state.ts';
import { isApplied } from '../../database/state.ts';
import { stepsTo } from '../../migrator.ts';
import { Problem } from '../../problems.ts';
import type { Told } from '../../reports/common.ts';
import type { Source } from '../../reports/source.ts';
import { neededOf } from '../../steps/step.ts';
import type { Context } from '../session/context.ts';
import type { Session } from '../session/session.ts';

/** Executes the checks of this state that only read; the others write in a transaction that is rolled back. */
export async function checked(
  { progress }: Context,
  { tx, model, state, config }: Source,
): Promise<Omit<Told, 'version' | 'standing' | 'backups' | 'csv'>> {
  const standing = databaseState(state);
  const started = performance.now();
  const checks: CheckResult[] = [];
  for (const check of CHECKS.filter(check => !check.probes)) {
    progress({ event: 'work', what: `checking ${check.name}` });
    checks.push(...(await runChecks({ sql: tx, model, state, config }, { only: check.name })));
  }
  return {
    pending: neededOf(stepsTo(undefined), model)
      .filter(step => !isApplied(state, step.name))
      .map(step => step.name),
    checks,
    omitted: CHECKS.filter(check => check.probes && check.states.includes(standing)).map(check => ({
      name: check.name,
      group: groupOf(check),
      claim: check.claim,
    })),
    checksMilliseconds: performance.now() - started,
  };
}

/** The newest proved backup from before the first step, if there is one. */
export async function provedBackups(context: Context, session: Session): Promise<Told['backups']> {
  try {
    const { folder, manifest } = await newestBackup(context.folder, session.server);
    const rows = manifest.files.reduce((sum, file) => sum + file.rows, 0);
    return [{ folder, createdAt: manifest.createdAt, tables: manifest.files.length, rows }];
  } catch (error) {
    if (error instanceof Problem && error.code === 'BACKUP_MISSING') return [];
    throw error;
  }
}
