import { resolve } from 'node:path';
import { CONFLICTS, type Conflict, conflicts } from '../../allocation/conflicts.ts';
import { previewAllocation } from '../../allocation/preview.ts';
import { changesOf } from '../../config/changes.ts';
import { recordedCatalog } from '../../database/catalog.ts';
import type { Queryable } from '../../database/connect.ts';
import { isApplied } from '../../database/state.ts';
import { guardHistory, stepsTo } from '../../migrator.ts';
import type { Block, Finding, Result } from '../../output/types.ts';
import type { Naming } from '../../plan/names.ts';
import { takePlan } from '../../plan/take.ts';
import { EXIT, Problem, UNTOUCHED } from '../../problems.ts';
import { OBSTACLES, type Obstacle } from '../../steps/obstacle.ts';
import { obstacles } from '../../steps/preconditions.ts';
import { revisionSql } from '../../steps/revise.ts';
import { forwardSql, neededOf } from '../../steps/step.ts';
import { planOf, SHORT } from '../session/approvals.ts';
import type { Context } from '../session/context.ts';
import { readOnly, type Session, withSession } from '../session/session.ts';
import { byCode, type Least, summary } from '../shown/findings.ts';
import { afterBlocks, readAfter } from './after.ts';
import { previewBlocks, spendingBlocks, stepTable } from './blocks.ts';
import { checkPending } from './check.ts';
import { writeFiles } from './files.ts';
import { savePlan } from './save.ts';

export interface PlanOptions {
  /** Where the plan is saved; with `sql` the folder that files are written into. */
  out?: string;
  /** How these files are called; plain when absent. */
  naming?: Naming;
  /** Only whether anything is pending. */
  check?: boolean;
  /** The SQL that migrate runs, and nothing else. */
  sql?: boolean;
  /** Only up to this step or stage. */
  to?: string;
  /** With warning, every conflict is in the way. */
  severity?: Least;
}

/** Pending stages, their locks, and the allocation of every organization; with `sql`, the exact SQL. Changes nothing. */
export async function plan(context: Context, options: PlanOptions = {}): Promise<Result> {
  if (options.naming && !(options.sql && options.out)) throw withoutFolder();
  return withSession(context, async session => {
    if (session.state) guardHistory(session.state.applied);
    if (options.check) return checkPending(session, options.to);
    if (!options.sql) return describe(context, session, options);
    if (options.out === undefined) return sqlOf(session, options.to);
    return writeFiles(session, resolve(context.folder, options.out), options.naming, options.to);
  });
}

const withoutFolder = () =>
  new Problem('USAGE', '--naming says how files are called, and none are written.', {
    state: UNTOUCHED,
    next: 'creditshift plan --sql --out FOLDER --naming TOOL',
  });

function sqlOf(session: Session, to: string | undefined): Result {
  const { state, config, model } = session;
  const pending = neededOf(stepsTo(to), model).filter(step => !isApplied(state, step.name));
  const changes = state ? changesOf(state.config, config) : undefined;
  const revision = state && changes && changes.lines.length > 0 ? revisionSql(state, config, changes) : [];
  const steps = [
    ...revision.map(({ step, sql }) => ({ step: `revision of ${step.name}`, sql })),
    ...pending.map(step => ({ step: step.name, sql: forwardSql(step, model) })),
  ];
  const text = steps.map(({ step, sql }) => `-- ${'-'.repeat(20)} ${step}\n${sql.trim()}\n`).join('\n');
  return { document: { steps }, blocks: [{ kind: 'verbatim', text: text || '-- nothing to do' }] };
}

async function describe(
  { progress, folder }: Context,
  session: Session,
  { to, severity, out }: PlanOptions,
): Promise<Result> {
  const { state, config, facts, model, server } = session;
  const pending = neededOf(stepsTo(to), model).filter(step => !isApplied(state, step.name));
  const changes = state ? changesOf(state.config, config) : { lines: [], forbidden: [], addedPools: [] };
  const allocates = pending.some(step => step.name === '060_allocate');
  progress({ event: 'work', what: 'previewing who gets what' });
  const found = await readOnly(session, async tx => ({
    conflicts: (await conflicts(tx, config, model)).map(c =>
      severity === 'warning' ? { ...c, severity: 'blocks' as const } : c,
    ),
    obstacles: await obstacles(tx, config, facts, model, state),
    hash: await planOf(tx, session, config),
    losing: pending.some(step => step.name === '090_cutover') ? await losingCallers(tx, session) : [],
    plan:
      out === undefined
        ? undefined
        : await takePlan(tx, session, neededOf(stepsTo(to), model), await recordedCatalog(tx)),
    after: pending.some(step => step.stage === 'expand') ? await readAfter(tx, session) : undefined,
    preview: allocates ? await previewAllocation(tx, config, model) : undefined,
  }));
  const { preview } = found;
  const blocking = [...found.conflicts.filter(c => c.severity === 'blocks'), ...found.obstacles];

  const blocks: Block[] = [
    { kind: 'title', text: `Plan for ${server.database}` },
    { kind: 'text', tone: 'dim', text: `plan ${found.hash.slice(0, SHORT)}: what --approved-by stands for` },
  ];
  if (pending.length === 0 && changes.lines.length === 0)
    blocks.push({ kind: 'mark', tone: 'good', text: 'Nothing to do.' });
  if (changes.lines.length > 0) {
    blocks.push({ kind: 'text', text: 'The configuration differs from what was applied; the next migrate applies:' });
    blocks.push(...changes.lines.map(text => ({ kind: 'mark' as const, tone: 'warn' as const, text })));
  }
  blocks.push(...changes.forbidden.map(text => ({ kind: 'mark' as const, tone: 'bad' as const, text })));
  if (pending.length > 0) blocks.push(stepTable(pending, model));
  if (preview) blocks.push(...previewBlocks(preview.first, preview.totals, model), ...spendingBlocks(preview.spending));
  if (found.losing.length > 0) {
    blocks.push({
      kind: 'mark',
      tone: 'warn',
      text: `Can call the legacy function today and will not be able to: ${found.losing.join(', ')}.`,
    });
  }
  for (const c of found.conflicts)
    blocks.push({ kind: 'mark', tone: c.severity === 'blocks' ? 'bad' : 'warn', text: `${c.code}: ${c.message}` });
  for (const o of found.obstacles) blocks.push({ kind: 'mark', tone: 'bad', text: `${o.code}: ${o.message}` });
  const results = findingsOf({ ...found, forbidden: changes.forbidden });
  const blocked = blocking.length > 0 || changes.forbidden.length > 0;
  blocks.push(...afterBlocks(found.after));
  const file = found.plan && !blocked ? await savePlan(resolve(folder, out ?? ''), found.plan, to, results) : undefined;
  if (file) blocks.push({ kind: 'mark', tone: 'good', text: `Saved ${file}.` });
  const how = file ? ` --plan ${out}` : to ? ` --to ${to}` : '';
  blocks.push({
    kind: 'text',
    text: blocked
      ? `Next: correct what is marked ✗, then plan again.${found.plan ? ' Nothing was saved.' : ''}`
      : `Next: ${state ? '' : 'creditshift backup --prove, then '}creditshift migrate${how}`,
  });
  return {
    document: {
      database: server.database,
      hash: found.hash,
      ...(file && { file }),
      pending: pending.map(s => ({ step: s.name, stage: s.stage, claim: s.claim, locks: s.locks(model) })),
      changes: changes.lines,
      forbidden: changes.forbidden,
      allocation: preview && { first: preview.first, totals: preview.totals },
      spendingPower: preview?.spending,
      conflicts: found.conflicts,
      obstacles: found.obstacles,
      losingCallers: found.losing,
      after: found.after,
    },
    blocks,
    findings: { results, summary: summary(results, 'questions') },
    exitCode: blocked ? EXIT.verification : EXIT.done,
  };
}

function findingsOf(found: { conflicts: Conflict[]; obstacles: Obstacle[]; forbidden: string[] }): Finding[] {
  const remedy = 'decide it in the configuration, or correct the database, then creditshift plan';
  return [
    ...byCode({
      group: 'plan',
      claim: 'the configuration decides who gets what, for every organization and action',
      remedy,
      codes: CONFLICTS,
      found: found.conflicts,
    }),
    ...byCode({
      group: 'plan',
      claim: 'nothing stands in the way of the migration',
      remedy,
      codes: OBSTACLES,
      found: found.obstacles.map(o => ({ ...o, severity: 'blocks' as const })),
    }),
    ...byCode({
      group: 'plan',
      claim: 'what was migrated can go on by this configuration',
      remedy: 'take these changes back, or roll back first',
      codes: ['FORBIDDEN_CHANGE'],
      found: found.forbidden.map(message => ({ code: 'FORBIDDEN_CHANGE', severity: 'blocks', message })),
    }),
  ];
}

/** Roles that may execute the legacy function and are not among the configured callers; PUBLIC first. */
async function losingCallers(tx: Queryable, { config, facts }: Session): Promise<string[]> {
  const { schema, name, types } = facts.consume;
  const rows = await tx<{ role: string }[]>`
    with legacy as (
      select p.oid, p.proacl, p.proowner from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
       where p.proname = ${name} and n.nspname in (${schema}, 'creditshift_aside')
         and p.oid::regprocedure::text like ${`%(${types.replaceAll(', ', ',')})`}
    )
    select 'PUBLIC' as role from legacy, aclexplode(coalesce(proacl, acldefault('f', proowner))) as a where a.grantee = 0
    union all
    select r.rolname from legacy, pg_roles as r
     where has_function_privilege(r.oid, legacy.oid, 'execute') and not r.rolsuper and r.oid <> legacy.proowner
       and r.rolname !~ '^pg_' and not (r.rolname = any (${config.functions.execute}::text[]))`;
  return rows.map(r => r.role);
}
