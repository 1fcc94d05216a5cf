import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { type CheckResult, isFailure } from '../../src/checks/run.ts';
import type { Context } from '../../src/commands/session/context.ts';
import type { Result } from '../../src/output/types.ts';
import { expireLease } from '../online/runs.ts';
import { openFuse } from './crash.ts';
import { rowsOf } from './examine.ts';
import { type Model, type Organization, STEPS } from './model.ts';
import type { Real } from './real.ts';
import { POOLS } from './terms.ts';

/** A command of the tool: what it does, and the states it comes by, the last of which is its end. */
export interface Act {
  text: string;
  possible: (model: Model) => boolean;
  run: (context: Context, real: Real) => Promise<Result>;
  outcomes: (model: Model, real: Real) => Model[];
}

/** Runs the command to its end, or until the connection breaks; the model then is what is found, if it may be so. */
export async function runOrCrash(
  act: Act,
  model: Model,
  real: Real,
  crash: { at: number; sent: boolean } | undefined,
): Promise<void> {
  const outcomes = act.outcomes(model, real);
  const end = outcomes.at(-1) ?? model;
  if (!crash) {
    expectGood(await act.run(real.context, real));
    Object.assign(model, end);
    return;
  }
  const fuse = await openFuse(real.url, crash.at, crash.sent);
  const context = { ...real.context, target: { url: fuse.url, environment: {} } };
  // A program that died does nothing more; what this one still tries reaches no server.
  const broken = await Promise.race([fuse.broken, act.run(context, real).then(expectGood)]);
  fuse.close();
  if (!broken) {
    Object.assign(model, end);
    return;
  }
  await settledDown(real);
  await expireLease(real.sql);
  Object.assign(model, await found(model, outcomes, real));
}

/** It ended well, and no check of it failed. */
export function expectGood({ exitCode = 0, document }: Result): false {
  const checks = (document.checks ?? []) as CheckResult[];
  const failed = checks.filter(isFailure).map(({ name, rows }) => ({ name, rows }));
  expect({ exitCode, failed }).toEqual({ exitCode: 0, failed: [] });
  return false;
}

/** What the dead run had sent is executed to its end. */
async function settledDown({ sql }: Real): Promise<void> {
  const left = async () =>
    sql`select from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and application_name like 'creditshift%'`;
  while ((await left()).length > 0) await pause(5);
}

/** The state after a crash: each organization is as before the command, or as one of the states it comes by. */
async function found(before: Model, outcomes: readonly Model[], real: Real): Promise<Model> {
  const rows = await rowsOf(real);
  const end = outcomes.at(-1) ?? before;
  const model = structuredClone(before);
  model.applied = rows.history.length;
  expect(rows.history).toEqual(STEPS.slice(0, model.applied));
  if (model.applied === 0) {
    expect([before.applied, end.applied]).toContain(0);
    return structuredClone(end.applied === 0 ? end : before);
  }
  const states = [before, ...outcomes.filter(state => state.applied > 0)];
  model.mode = rows.mode as Model['mode'];
  expect(states.map(({ mode }) => mode)).toContain(model.mode);
  const [restore] = await real.sql`
    select data ->> 'believe' as believe from creditshift.journal
     where event = 'restored' and position > coalesce((select max(position) from creditshift.journal
             where event = 'step' and data ->> 'step' = '090_cutover'), 0) order by position desc limit 1`;
  model.restored = restore?.believe;
  // Once it has switched, nothing may be as before it.
  const possible = states.filter(state => model.mode === before.mode || state.mode === model.mode);
  for (const [id, organization] of model.organizations) {
    if (!organization.alive) continue;
    const row = rows.balances.find(b => b.organization_id === id);
    const settled = rows.settled.find(s => s.organization === id);
    const entries = rows.allocations.filter(a => a.organization === id).length;
    const candidates = possible.map(state => state.organizations.get(id)).filter(o => o !== undefined);
    const money = candidates.find(
      o => o.remaining === row?.credits_remaining && o.total === row.total_credits && o.settled === amountOf(settled),
    );
    const pools = candidates.find(
      o =>
        o.allocations === entries &&
        POOLS.every((pool, i) => (o.pools?.[i]?.available ?? 0) === Number(row?.[`${pool}_credits_available`] ?? 0)),
    );
    expect({ id, money: money !== undefined, pools: pools !== undefined, row, settled, entries }).toMatchObject({
      money: true,
      pools: true,
    });
    if (money && pools) Object.assign(organization, partOf(money, pools));
  }
  return model;
}

const amountOf = (settled: Record<string, unknown> | undefined) => Number(settled?.charged ?? 0);

/** Settlement and allocation go their own ways. */
const partOf = (money: Organization, pools: Organization): Partial<Organization> => ({
  total: money.total,
  remaining: money.remaining,
  unsettled: money.unsettled,
  settled: money.settled,
  shortfall: money.shortfall,
  pools: structuredClone(pools.pools),
  allocated: pools.allocated,
  written: pools.written,
  entries: pools.entries,
  allocations: pools.allocations,
});
