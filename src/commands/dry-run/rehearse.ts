import { join } from 'node:path';
import type { DisposableServer } from '../../disposable/server.ts';
import type { Result } from '../../output/types.ts';
import { chargeAtOnce, type Pace } from '../../rehearsal/at-once.ts';
import { type Charged, chargeAround, totalOf } from '../../rehearsal/charges.ts';
import { type Kept, keptRows } from '../../rehearsal/kept.ts';
import { makeOrganizations } from '../../rehearsal/organizations.ts';
import { adopt, balanceDifferences, differences, keepOriginal } from '../../rehearsal/original.ts';
import { changePlan, planOf } from '../../rehearsal/plan-change.ts';
import { backup } from '../backup/backup.ts';
import { migrate } from '../migrate/migrate.ts';
import { reallocate } from '../reallocate/reallocate.ts';
import { type Method, rollback } from '../rollback/rollback.ts';
import type { Context } from '../session/context.ts';
import { type Session, withSession } from '../session/session.ts';
import { verify } from '../verify.ts';

/** One thing done on the copy, how long it took, and what was not as it has to be. */
export interface Phase {
  phase: string;
  seconds: number;
  faults: string[];
}

/** One way back, rehearsed. */
export interface Rehearsed {
  method: Method;
  phases: Phase[];
  /** What could not be rehearsed, and why. */
  skipped: string[];
  /** Rows that the migration added and this way back leaves, on purpose. */
  kept: Kept;
  /** Log entries written, and what they come to in legacy credits, which this way back settles. */
  charged: { entries: number; legacy: string };
  /** Of the charges from many clients at once; null where there could be none. */
  atOnce: Pace | null;
}

export const METHODS: readonly Method[] = ['disable', 'drop', 'restore'];
/** Name of the phase that is the way back itself. */
export const WAY_BACK = 'roll back';
const COPY = 'copy';

/**
 * Forward and back on a copy of the database `base`: back up, migrate, new organizations, charges, also from many clients
 * at once, changed plans, charges,
 * roll back, compare with before and what happened meanwhile, migrate again.
 */
export async function rehearse(
  outer: Context,
  server: DisposableServer,
  base: string,
  folder: string,
  method: Method,
): Promise<Rehearsed> {
  const url = await server.createDatabase(COPY, base);
  try {
    return await cycle(outer, url, folder, method);
  } finally {
    await server.dropDatabase(COPY);
  }
}

async function cycle(outer: Context, url: string, folder: string, method: Method): Promise<Rehearsed> {
  const context: Context = {
    ...outer,
    target: { url, environment: {} },
    folder: join(folder, method),
    confirm: async () => true,
    unattended: false,
    rehearsal: true,
  };
  const rehearsed: Rehearsed = {
    method,
    phases: [],
    skipped: [],
    kept: { actions: [], organizations: [] },
    charged: { entries: 0, legacy: '0' },
    atOnce: null,
  };
  const phase = async (name: string, body: () => Promise<string[]>) => {
    outer.progress({ event: 'note', text: `${method}: ${name}`, routine: true });
    const started = performance.now();
    const faults = await body();
    rehearsed.phases.push({ phase: name, seconds: Math.round(performance.now() - started) / 1000, faults });
  };
  const on = (name: string, body: (session: Session) => Promise<string[]>) =>
    phase(name, () => withSession(context, body));
  const original = await withSession(context, ({ sql }) => keepOriginal(sql));
  let newcomers: string[] = [];
  let charged: Charged = { legacy: new Map(), entries: 0 };
  const charge = async ({ sql, model }: Session) => {
    charged = await chargeAround(sql, model, newcomers);
    rehearsed.charged = { entries: charged.entries, legacy: totalOf(charged) };
    return charged.legacy.size === 0 ? ['no organization could be charged'] : [];
  };

  await phase('back up', async () => faultsOf(await backup(context, {})));
  await phase('migrate', async () => faultsOf(await migrate(context)));
  await phase('verify', async () => faultsOf(await verify(context, {})));
  await on('compare forward', async ({ sql, model }) =>
    differences(sql, original, model, { catalog: false, entries: 0, kept: await keptRows(sql, model, true) }),
  );
  await on('new organizations', async ({ sql, model }) => {
    const made = await makeOrganizations(sql, model);
    newcomers = made.organizations;
    rehearsed.skipped.push(...made.skipped);
    return made.faults;
  });
  await on('charge', charge);
  await on('charge at once', async ({ sql, model }) => {
    const { faults, skipped, pace } = await chargeAtOnce(sql, context.target, model);
    rehearsed.skipped.push(...skipped);
    rehearsed.atOnce = pace;
    return faults;
  });
  await on('change plans', session => changePlans(context, session, newcomers.at(-1), rehearsed.skipped));
  await on('charge again', async session => {
    const faults = await charge(session);
    await adopt(session.sql, original, session.model, newcomers);
    rehearsed.kept = await keptRows(session.sql, session.model, method === 'disable');
    return faults;
  });
  await phase(WAY_BACK, async () => faultsOf(await rollback(context, { method, reason: 'dry-run' })));
  await on('compare', async ({ sql, model }) => [
    ...(await differences(sql, original, model, {
      catalog: method !== 'disable',
      entries: charged.entries,
      kept: rehearsed.kept,
    })),
    ...(await balanceDifferences(sql, original, model, charged.legacy)),
  ]);
  await phase('migrate again', async () => faultsOf(await migrate(context)));
  await phase('verify again', async () => faultsOf(await verify(context, {})));
  return rehearsed;
}

/** A plan changed by the application, and what `reallocate` makes of it. */
async function changePlans(
  context: Context,
  { sql, model }: Session,
  organization: string | undefined,
  skipped: string[],
): Promise<string[]> {
  const plan = organization && (await changePlan(sql, model, organization));
  if (!plan) {
    skipped.push('changed plans: no new organization could be given another plan');
    return [];
  }
  const faults = faultsOf(await reallocate(context));
  const now = await planOf(sql, organization);
  return now === plan ? faults : [...faults, `${organization} has plan ${now}, not ${plan}, after reallocate`];
}

/** A result that did not end well, as lines. */
function faultsOf(result: Result): string[] {
  if (!result.exitCode) return [];
  return result.blocks.flatMap(block => (block.kind === 'mark' && block.tone === 'bad' ? [block.text] : []));
}
