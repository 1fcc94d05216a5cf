import { written } from '../catalog.ts';
import type { Counts } from '../counts.ts';
import type { Detected } from '../detect.ts';
import type { Found } from '../found.ts';
import { LOG } from '../log.ts';
import { beside, comment, entry, scalar } from './text.ts';

/** Sections on what is there today: tenants, balances, price list, log. */
export function databaseSections(detected: Detected): string[] {
  return [
    'tenants:',
    ...entry('  ', 'table', detected.tenants.table),
    ...entry('  ', 'key', detected.tenants.key),
    ...entry('  ', 'name', detected.tenants.name),
    '',
    'balances:',
    ...balances(detected),
    '',
    'actions:',
    ...prices(detected),
    '',
    'log:',
    ...log(detected),
  ];
}

function balances(detected: Detected): string[] {
  const { table, tenants, plans, standing, balance, counts } = detected;
  const { total, used, others } = balance;
  const { active, trial } = standing;
  const known = (found: Found | undefined, key: string, indent = '  ') => (found ? entry(indent, key, found) : []);
  const activeLine =
    active &&
    (active.values.length === 0
      ? scalar(active.column)
      : `{ column: ${scalar(active.column)}, values: [${active.values.map(scalar).join(', ')}] }`);
  return [
    ...known(table, 'table'),
    ...known(tenants.owner, 'owner'),
    ...known(plans.column, 'plan'),
    ...plans.elsewhere.flatMap(column => comment(`${column} looks like a plan too; it is not read.`, '  ')),
    ...(active && activeLine ? [beside(`  active: ${activeLine}`, active.because)] : []),
    ...known(trial && { value: trial.column, because: trial.because }, 'trial'),
    beside(`  poolType: ${poolType(detected)}`, 'of the new columns; bigint for pools above 2 147 483 647'),
    ...(counts ? oddities(counts).flatMap(line => comment(line, '  ')) : []),
    '  legacy:',
    ...known(balance.balance, 'balance', '    '),
    ...known(total, 'total', '    '),
    ...known(used, 'used', '    '),
    ...(others.length > 0
      ? [beside(`    others: [${others.map(scalar).join(', ')}]`, 'compared with the balance, and reported')]
      : []),
  ];
}

const poolType = ({ balanceType, counts }: Detected): string =>
  balanceType === 'bigint' || (counts?.beyond ?? 0) > 0 ? 'bigint' : 'integer';

/** What a migration will meet in the balances, a fact a line. */
function oddities(counts: Counts): string[] {
  const repeated = `${counts.repeated.join(', ')}${counts.repeatedOwners > counts.repeated.length ? ', …' : ''}`;
  const said: [number, string][] = [
    [counts.repeatedOwners, `owners with several rows (${repeated}), until each has one plan refuses`],
    [counts.nullOwners, 'without an owner, which plan refuses'],
    [counts.notNumbers, 'with a balance that is NaN or infinite, which plan refuses'],
    [counts.beyond, 'with a balance beyond what an integer holds'],
    [counts.nulls, 'with a balance that is null, which a split counts as 0'],
    [counts.negatives, 'with a negative balance, which a split counts as 0'],
    [counts.fractions, 'with a fraction in the balance, which a split forfeits and reports'],
  ];
  const found = said.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [`Rows: ${[counts.rows, ...found].join('; ')}.`];
}

/** The first of these names that nothing has yet. */
const free = (taken: readonly string[], names: readonly string[]) =>
  names.find(name => !taken.includes(name)) ?? 'creditshift_made';

function prices({ prices, account, taken }: Detected): string[] {
  if (!prices) {
    const name = free(taken, ['credit_actions', 'credit_action_prices', 'credit_pool_actions']);
    return [
      ...comment('No table here has one row an action and its cost, so the toolkit makes one.', '  '),
      `  table: ${scalar(written({ schema: account.table.schema, name }))}`,
      '  create: true',
    ];
  }
  return [
    ...entry('  ', 'table', prices.line),
    `  action: ${scalar(prices.item.action)}`,
    beside(`  cost: ${scalar(prices.item.cost)}`, 'what one unit costs today'),
    ...(prices.item.description === undefined ? [] : [`  description: ${scalar(prices.item.description)}`]),
  ];
}

function log({ log, partial, account, taken }: Detected): string[] {
  if (log) {
    return [...entry('  ', 'table', log.line), ...LOG.map(key => `  ${key}: ${scalar(log.item.columns[key] ?? '')}`)];
  }
  const name = free(taken, ['credit_consumption_logs', 'credit_charges', 'credit_pool_log']);
  const why = partial
    ? `${written(partial.table)} has no column for ${partial.missing.join(', ')}, so it is left as it is and the toolkit makes a log.`
    : 'No table here has an entry for each charge, so the toolkit makes one.';
  return [
    ...comment(why, '  '),
    `  table: ${scalar(written({ schema: account.table.schema, name }))}`,
    '  create: true',
  ];
}
