import { quoteIdentifier } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';
import { sqlstate } from '../database/errors.ts';
import { withLadder } from '../database/ladder.ts';
import { isApplied } from '../database/state.ts';
import { counted } from '../output/counted.ts';
import type { Result } from '../output/types.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { enter, journal } from '../steps/run.ts';
import type { Context } from './context.ts';
import type { Run } from './run.ts';
import { type Session, withSession } from './session.ts';
import { withRun } from './with-run.ts';

interface Due {
  organization: string;
  from: string | null;
  to: string;
  /** Its key was never allocated. */
  first: boolean;
  changed: boolean;
  /** What the plan gives and what the pools total now without extra credits, in pool order; exact decimal text. */
  credits: string[];
  totals: string[];
}

/**
 * Gives organizations the credits of the plan they should have now; what is in use is kept. Without `organization`
 * all whose plan, or whose plan's credits, differ from their last allocation.
 */
export async function reallocate(
  context: Context,
  options: { organization?: string; plan?: string } = {},
): Promise<Result> {
  return withSession(context, async session => {
    if (!isApplied(session.state, '060_allocate')) {
      throw new Problem('STATE_CONFLICT', 'Nothing is allocated yet.', {
        state: UNTOUCHED,
        next: 'creditshift migrate',
      });
    }
    if (options.plan !== undefined && options.organization === undefined) {
      throw new Problem('USAGE', '--plan goes with --organization.', {
        state: UNTOUCHED,
        next: 'creditshift reallocate --help',
      });
    }
    if (options.plan !== undefined) await requirePlan(session, options.plan);
    const due = await dueOf(session, options);
    if (due.length === 0) return nothing(session, options.organization);
    const question = `Reallocate ${due.length} organization${due.length === 1 ? '' : 's'} of ${session.server.database}?`;
    if (!(await context.confirm(question))) {
      throw new Problem('NOT_CONFIRMED', 'Not confirmed.', { state: UNTOUCHED, next: 'creditshift reallocate' });
    }
    const deferred = await withRun(context, session, 'reallocate', run => apply(run, session, due));
    return result(session, due, deferred);
  });
}

async function requirePlan(session: Session, plan: string): Promise<void> {
  const plans = session.model.plans.map(p => p.plan);
  if (plans.includes(plan)) return;
  throw new Problem('USAGE', `There is no plan "${plan}".`, {
    state: UNTOUCHED,
    next: `name one of ${plans.join(', ')}`,
  });
}

/** Organizations whose entitlement is not what their pools total, with both. */
async function dueOf(session: Session, options: { organization?: string; plan?: string }): Promise<Due[]> {
  const { model, sql } = session;
  const { table, owner } = model.balances;
  const key = model.key.text;
  const totals = model.pools
    .map(p => `b.${quoteIdentifier(p.total)} - coalesce(last.${quoteIdentifier(p.allocation.extra)}, 0)`)
    .join(', ');
  const text = `
    select b.${quoteIdentifier(owner)}::text as organization, last.plan as "from", r.plan as "to", last.sequence is null as first,
           last.plan is distinct from r.plan as changed, e.credits::text[] as credits, array[${totals}]::text[] as totals
      from ${table} as b
      left join lateral (select a.* from creditshift.allocations as a
                          where a.organization = b.${quoteIdentifier(owner)} order by a.sequence desc limit 1) as last on true
      cross join lateral (select coalesce($2::text, (creditshift.rule(b.${quoteIdentifier(owner)}, ${model.rule.value}, ${model.rule.active}, ${model.rule.trial})).plan)) as r (plan)
      cross join lateral (select creditshift.entitlement(r.plan, ${model.page.total}, ${model.page.balance})) as e (credits)
      join creditshift.plans as p on p.plan = r.plan
     where ($1::${key} is null or b.${quoteIdentifier(owner)} = $1)
       and (last.plan is distinct from r.plan or (p.policy = 'grant' and e.credits <> array[${totals}]) or ($1::${key} is not null and $2::text is not null))
     order by 1`;
  try {
    return [...(await sql.unsafe<Due[]>(text, [options.organization ?? null, options.plan ?? null]))];
  } catch (error) {
    if (sqlstate(error) !== '22P02') throw error;
    throw new Problem('USAGE', `"${options.organization}" is not a key of type ${key}.`, {
      state: UNTOUCHED,
      next: 'creditshift reallocate --help',
    });
  }
}

/** One transaction an organization; returns those that the downgrade policy deferred. */
async function apply(run: Run, session: Session, due: readonly Due[]): Promise<string[]> {
  const deferred: string[] = [];
  for (const one of due) {
    if (run.stopping()) break;
    const { result: sequence } = await withLadder(run.sql, [session.model.balances.table.toString()], async tx => {
      await enter(tx, run, 'reallocate');
      return allocate(tx, session, one);
    });
    if (sequence === null) deferred.push(one.organization);
  }
  await journal(run.sql, run, 'reallocate', { organizations: due.length, deferred: deferred.length });
  return deferred;
}

async function allocate(
  tx: Queryable,
  session: Session,
  { organization, to: plan, from, first }: Due,
): Promise<number | null> {
  const reason = from === plan ? `credits of plan ${plan} changed` : `from ${from ?? 'no plan'} to ${plan}`;
  const kind = first ? 'migration' : 'plan change';
  try {
    const [row] = await tx.unsafe<{ sequence: number | null }[]>(
      `select creditshift.allocate($1::${session.model.key}, $2, $3, $4, true) as sequence`,
      [organization, plan, kind, reason],
    );
    return row?.sequence ?? null;
  } catch (error) {
    if (sqlstate(error) !== '22023') throw error;
    const { message, hint } = error as Error & { hint?: string };
    throw new Problem('STATE_CONFLICT', `${organization}: ${message}.`, {
      state: 'What was reallocated before is kept.',
      next:
        hint === 'DOWNGRADE_REFUSED'
          ? 'set policies.downgrade to clamp or defer, or take another plan'
          : 'creditshift verify',
      cause: error,
    });
  }
}

function nothing(session: Session, organization: string | undefined): Result {
  const text = organization
    ? `Nothing to do: ${organization} has what its plan gives, or has no balance row or no plan.`
    : 'Nothing to do: every organization has what its plan gives.';
  return {
    document: { database: session.server.database, organizations: [] },
    blocks: [{ kind: 'mark', tone: 'good', text }],
  };
}

function result(session: Session, due: readonly Due[], deferred: readonly string[]): Result {
  const right = 'right' as const;
  return {
    document: { database: session.server.database, organizations: due, deferred },
    blocks: [
      {
        kind: 'table',
        columns: [
          { title: 'organization' },
          { title: 'from' },
          { title: 'to' },
          ...session.model.pools.map(p => ({ title: p.label, align: right })),
        ],
        rows: due
          .slice(0, 20)
          .map(d => [d.organization, d.from ?? '–', d.to, ...d.credits.map((c, i) => `${d.totals[i]} → ${c}`)]),
        note: `${Math.min(20, due.length)} of ${due.length}`,
      },
      {
        kind: 'mark',
        tone: 'good',
        text: `Reallocated ${counted(due.length - deferred.length, 'organization')}; what was in use is kept.`,
      },
      ...deferred.map(d => ({
        kind: 'mark' as const,
        tone: 'warn' as const,
        text: `${d}: deferred, more is in use than the plan gives`,
      })),
    ],
  };
}
