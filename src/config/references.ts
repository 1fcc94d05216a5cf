/** A fault that no single value shows: a name that refers to nothing. */
export interface Fault {
  path: (string | number)[];
  message: string;
}

type Raw = Record<string, unknown>;

/** The object at a path of a configuration that may be broken elsewhere; empty where there is none. */
export function at(raw: unknown, ...path: string[]): Raw {
  let value = raw;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return isObject(value) ? value : {};
}

export const isObject = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Faults across sections: unknown pools and plans, a disabled pool in use, a cost table without a pool. Works on the file
 * as it was read, so that these are listed beside the faults of single values.
 */
export function referenceFaults(raw: unknown): Fault[] {
  const pools = Object.keys(at(raw, 'pools'));
  const plans = Object.keys(at(raw, 'plans'));
  const known = (names: readonly string[]) => `known: ${names.join(', ')}`;

  const poolFaults = (...path: string[]): Fault[] =>
    Object.entries(at(raw, ...path)).flatMap(([pool, value]) => {
      if (!pools.includes(pool)) return [{ path: [...path, pool], message: `no pool "${pool}"; ${known(pools)}` }];
      if (at(raw, 'pools', pool).enabled !== false || !value) return [];
      return [{ path: [...path, pool], message: `pool "${pool}" is switched off (enabled: false)` }];
    });
  const planFaults = (plan: unknown, ...path: string[]): Fault[] =>
    plan === undefined || plan === 'skip' || plans.includes(String(plan))
      ? []
      : [{ path, message: `no plan "${plan}"; ${known([...plans, 'skip'])}` }];

  const assignments = at(raw, 'assignments');
  const costTables = Object.keys(at(raw, 'costs', 'tables'));
  const chosen = at(raw, 'costs').default;
  return [
    ...plans.flatMap(plan => [
      ...(plan === 'skip' ? [{ path: ['plans', plan], message: 'skip is the word for "no plan"' }] : []),
      ...poolFaults('plans', plan, 'grant'),
      ...poolFaults('plans', plan, 'split', 'weights'),
      ...poolFaults('plans', plan, 'split', 'floors'),
      ...poolFaults('plans', plan, 'usage', 'otherwise'),
      ...poolFaults('plans', plan, 'usage', 'floors'),
      ...poolFaults('plans', plan, 'carry'),
      ...totalFaults(raw, plan),
      ...logFaults(raw, plan),
    ]),
    ...Object.keys(at(raw, 'catalogue')).flatMap(action => poolFaults('catalogue', action, 'pools')),
    ...['organizations', 'values'].flatMap(key =>
      Object.entries(at(raw, 'assignments', key)).flatMap(([name, plan]) => planFaults(plan, 'assignments', key, name)),
    ),
    ...Object.keys(at(raw, 'assignments', 'overrides')).flatMap(key => poolFaults('assignments', 'overrides', key)),
    ...planFaults(assignments.none, 'assignments', 'none'),
    ...planFaults(assignments.unknown, 'assignments', 'unknown'),
    ...(chosen !== undefined && !costTables.includes(String(chosen))
      ? [{ path: ['costs', 'default'], message: `no cost table "${chosen}"` }]
      : []),
    ...costTables.flatMap(name => [
      ...poolFaults('costs', 'tables', name, 'perCredit'),
      ...pools
        .filter(pool => at(raw, 'costs', 'tables', name, 'perCredit')[pool] === undefined)
        .map(pool => ({ path: ['costs', 'tables', name, 'perCredit'], message: `no cost for pool "${pool}"` })),
    ]),
  ];
}

/** What divides the total needs a column that is the total; `of: total` is the default. */
function totalFaults(raw: unknown, plan: string): Fault[] {
  if (at(raw, 'balances', 'legacy').total !== undefined) return [];
  return ['split', 'usage'].flatMap(policy => {
    const terms = at(raw, 'plans', plan)[policy];
    if (!isObject(terms) || (terms.of ?? 'total') !== 'total') return [];
    const message = 'divides the total, but balances.legacy.total names no column';
    return [{ path: ['plans', plan, policy], message }];
  });
}

/** A division by use needs a log that was kept before. */
function logFaults(raw: unknown, plan: string): Fault[] {
  if (at(raw, 'plans', plan).usage === undefined || at(raw, 'log').create !== true) return [];
  if (isObject(at(raw).legacyLog)) return [];
  const message = 'divides by the log, which is made empty (log.create); say in legacyLog what was consumed before';
  return [{ path: ['plans', plan, 'usage'], message }];
}
