import { isApplied } from '../../database/state.ts';
import { counted } from '../../output/counted.ts';
import type { Result } from '../../output/types.ts';
import { EXIT, Problem, UNTOUCHED } from '../../problems.ts';
import { requireExpected } from '../../rollback/guards.ts';
import type { Context } from '../session/context.ts';
import { readOnly, type Session, withSession } from '../session/session.ts';
import { withRun } from '../session/with-run.ts';
import { apply } from './apply.ts';
import { capsOf } from './cap.ts';
import { type Due, dueOf } from './due.ts';
import { difference, mintedBy, mints, reallocated, withheld, writeDifference } from './report.ts';

export interface ReallocateOptions {
  /** Only this one. */
  organization?: string;
  /** With organization: this plan instead of the one the rules give. */
  plan?: string;
  /** What becomes of what is in use; keep if absent. */
  usage?: 'keep' | 'reset';
  /** Credits that may be minted at most: 5000 in all, sms=100 of a pool. */
  cap?: readonly string[];
  /** Only tell what would change. */
  dryRun?: boolean;
  /** A CSV file for the difference, a line an organization. */
  out?: string;
}

/**
 * Gives organizations the credits of the plan they should have now. Without `organization` all whose plan, or whose plan's
 * credits, differ from their last allocation.
 */
export async function reallocate(context: Context, options: ReallocateOptions = {}): Promise<Result> {
  return withSession(context, async session => {
    requirePossible(session, options);
    const { model } = session;
    const caps = capsOf(options.cap ?? [], model);
    const keepUsage = options.usage !== 'reset';
    context.progress({ event: 'work', what: 'finding out who gets what' });
    const due = await readOnly(session, tx => dueOf(tx, session, { ...options, keepUsage }));
    const out = options.out && (await writeDifference(context, model, due, options.out));
    if (due.length === 0) return nothing(session, options.organization);
    const minted = mintedBy(due, model.pools.length);
    const shown = { database: session.server.database, pools: model.pools.map(p => p.name), organizations: due };
    if (options.dryRun) {
      const document = { ...shown, minted: minted.map(String) };
      const told: Result = { document, blocks: [...difference(model, due, out), ...withheld(due)] };
      return dryRun(told, () => caps.hold(minted, UNTOUCHED));
    }
    refuseDowngrades(due);
    caps.hold(minted, UNTOUCHED);
    requireExpected(session.config, session.server, context.unattended);
    const question = `Reallocate ${counted(due.length, 'organization')} of ${session.server.database}? ${mints(model, minted)}`;
    if (!(await context.confirm(question))) {
      throw new Problem('NOT_CONFIRMED', 'Not confirmed.', {
        state: UNTOUCHED,
        next: 'creditshift reallocate --dry-run',
      });
    }
    const done = await withRun(context, session, 'reallocate', run => apply(run, due, keepUsage, caps));
    return {
      document: { ...shown, minted: done.minted.map(String), deferred: done.deferred },
      blocks: [
        ...difference(model, due, out),
        { kind: 'mark', tone: 'good', text: reallocated(due.length - done.deferred.length, keepUsage) },
        ...withheld(due),
      ],
    };
  });
}

function requirePossible({ state, model }: Session, { organization, plan }: ReallocateOptions): void {
  if (!isApplied(state, '060_allocate')) {
    throw new Problem('STATE_CONFLICT', 'Nothing is allocated yet.', { state: UNTOUCHED, next: 'creditshift migrate' });
  }
  if (plan === undefined) return;
  const plans = model.plans.map(p => p.plan);
  if (organization !== undefined && plans.includes(plan)) return;
  throw new Problem(
    'USAGE',
    organization === undefined ? '--plan goes with --organization.' : `There is no plan "${plan}".`,
    {
      state: UNTOUCHED,
      next: organization === undefined ? 'creditshift reallocate --help' : `name one of ${plans.join(', ')}`,
    },
  );
}

/** A difference that a cap would refuse is shown with the refusal, and ends as the refusal does. */
function dryRun({ document, blocks }: Result, hold: () => void): Result {
  try {
    hold();
    return {
      document,
      blocks: [...blocks, { kind: 'text', text: 'Next: creditshift reallocate, with the same options' }],
    };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return {
      document,
      blocks: [...blocks, { kind: 'mark', tone: 'bad', text: error.message }],
      exitCode: EXIT.refused,
    };
  }
}

function refuseDowngrades(due: readonly Due[]): void {
  const refused = due.filter(d => d.downgrade === 'refuse');
  if (refused.length === 0) return;
  throw new Problem('STATE_CONFLICT', `${counted(refused.length, 'organization')} use more than their plan gives.`, {
    state: UNTOUCHED,
    next: 'set policies.downgrade to clamp or defer, or take another plan',
    details: refused.slice(0, 20).map(d => `${d.organization}: ${d.from ?? 'no plan'} → ${d.to}`),
  });
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
