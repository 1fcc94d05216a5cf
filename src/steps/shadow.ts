import type { Queryable } from '../database/connect.ts';
import { sqlstate } from '../database/errors.ts';
import { isApplied, readState } from '../database/state.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import { stepNamed } from './all.ts';
import { undoStep } from './apply.ts';
import { dropRetiredShim, retiredShimInUse } from './retired-shim.ts';
import type { Run } from './run.ts';

/** The step that puts a shim around the legacy function. */
export const SHADOW = stepNamed('017_shadow');

/**
 * What has to hold before the step: the legacy function is live, a shim can stand in for it, and nobody is left who may
 * call one that was taken away.
 * @throws Problem STATE_CONFLICT, CONFIG_INVALID, LOCK_TIMEOUT
 */
export async function prepareShim(run: Run): Promise<void> {
  if (isApplied(await readState(run.sql), '090_cutover')) {
    throw new Problem('STATE_CONFLICT', 'The new function charges already: there is nothing to compare it with.', {
      state: UNCHANGED,
      next: 'creditshift verify',
    });
  }
  const obstacles = await shimObstacles(run.sql, run);
  if (obstacles.length > 0) {
    throw new Problem('CONFIG_INVALID', 'No shim can stand in for the legacy function.', {
      state: UNCHANGED,
      next: 'creditshift shadow --from-log   compares by the log instead',
      details: obstacles,
    });
  }
  if (!(await dropRetiredShim(run))) throw retiredShimInUse();
}

const UNCHANGED = `${RESUMABLE} No shim was installed.`;

/**
 * Puts the legacy function back behind its name; what the shim noted stays.
 * @throws Problem LEGACY_CHANGED, DEPENDENTS: neither what took the shim's place nor what was built on it is dropped
 */
export async function takeShimAway(run: Run): Promise<void> {
  await undoStep(run, SHADOW).catch(error => {
    if (sqlstate(error) !== '55000') throw error;
    throw new Problem('LEGACY_CHANGED', `Somebody replaced the shim by another function: ${error.message}.`, {
      state: `${RESUMABLE} The legacy function stays behind the shim.`,
      next: 'drop that function, creditshift shadow --remove, and make it again then',
      cause: error,
    });
  });
  if (await dropRetiredShim(run)) return;
  run.progress({
    event: 'note',
    text: 'A transaction from before is still at work: the shim stays in schema creditshift_shadow, out of reach, until shadow --install or drop.',
  });
}

/**
 * Why a shim cannot stand in for a legacy function: none takes organization and action; it returns rows or nothing, has
 * other than plain parameters; or its owner, as whom it runs, may not call it. None is the rule.
 */
async function shimObstacles(sql: Queryable, { model }: Run): Promise<string[]> {
  const shims = model.functions.shims.map(shim => shim.inPlace);
  if (shims.length === 0) return ['no legacy function has the parameters of organization and action'];
  const rows = await sql<{ obstacle: string }[]>`
    select format('%s %s', p.oid::regprocedure, o.obstacle) as obstacle
      from unnest(${shims}::text[]) as s (signature)
      join pg_proc as p on p.oid = to_regprocedure(s.signature)
      cross join lateral (values
        (p.prokind <> 'f' or p.proretset or (select typtype from pg_type where oid = p.prorettype) = 'p', 'does not return one value'),
        (p.provariadic <> 0 or p.proallargtypes is not null, 'has OUT or VARIADIC parameters'),
        (p.prosecdef and not has_function_privilege(p.proowner, p.oid, 'execute'), 'may not be called by its owner')
      ) as o (applies, obstacle)
     where o.applies order by 1`;
  return rows.map(row => row.obstacle);
}
