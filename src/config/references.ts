import type { Config } from './schema.ts';

/** A fault that no single value shows: a name that refers to nothing. */
export interface Fault {
  path: (string | number)[];
  message: string;
}

const named = (known: readonly string[]) => `known: ${known.join(', ')}`;

/** Faults across sections: unknown pools and plans, a disabled pool in use, a cost table without a pool. */
export function referenceFaults(config: Config): Fault[] {
  const faults: Fault[] = [];
  const pools = Object.keys(config.pools);
  const plans = Object.keys(config.plans);
  const checkPools = (record: Record<string, unknown> | undefined, path: string[]) => {
    for (const pool of Object.keys(record ?? {})) {
      if (!pools.includes(pool)) faults.push({ path: [...path, pool], message: `no pool "${pool}"; ${named(pools)}` });
      else if (!config.pools[pool]?.enabled && record?.[pool]) {
        faults.push({ path: [...path, pool], message: `pool "${pool}" is switched off (enabled: false)` });
      }
    }
  };
  const checkPlan = (plan: string | undefined, path: string[]) => {
    if (plan === undefined || plan === 'skip' || plans.includes(plan)) return;
    faults.push({ path, message: `no plan "${plan}"; ${named([...plans, 'skip'])}` });
  };

  for (const [name, plan] of Object.entries(config.plans)) {
    if (name === 'skip') faults.push({ path: ['plans', name], message: 'skip is the word for "no plan"' });
    checkPools(plan.grant, ['plans', name, 'grant']);
    checkPools(plan.split?.weights, ['plans', name, 'split', 'weights']);
    checkPools(plan.split?.floors, ['plans', name, 'split', 'floors']);
    if (plan.split?.of === 'total' && !config.balances.legacy.total) {
      faults.push({ path: ['plans', name, 'split', 'of'], message: 'balances.legacy.total names no column' });
    }
  }
  for (const [name, action] of Object.entries(config.catalogue)) {
    checkPools(action.pools, ['catalogue', name, 'pools']);
  }
  for (const [name, plan] of Object.entries(config.assignments.organizations)) {
    checkPlan(plan, ['assignments', 'organizations', name]);
  }
  for (const [name, plan] of Object.entries(config.assignments.values))
    checkPlan(plan, ['assignments', 'values', name]);
  checkPlan(config.assignments.none, ['assignments', 'none']);
  checkPlan(config.assignments.unknown, ['assignments', 'unknown']);

  const costs = config.costs;
  if (costs && !costs.tables[costs.default]) {
    faults.push({ path: ['costs', 'default'], message: `no cost table "${costs.default}"` });
  }
  for (const [name, costTable] of Object.entries(costs?.tables ?? {})) {
    checkPools(costTable.perCredit, ['costs', 'tables', name, 'perCredit']);
    for (const pool of pools.filter(pool => costTable.perCredit[pool] === undefined)) {
      faults.push({ path: ['costs', 'tables', name, 'perCredit'], message: `no cost for pool "${pool}"` });
    }
  }
  return faults;
}
