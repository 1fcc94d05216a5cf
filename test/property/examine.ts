import { expect } from 'vitest';
import { recordedCatalog } from '../../src/database/catalog.ts';
import { has, living, type Model, STEPS } from './model.ts';
import type { Real } from './real.ts';
import { ACTIONS, POOLS } from './terms.ts';

type Row = Record<string, unknown>;
const amount = (row: Row | undefined, column: string): number => Number(row?.[column] ?? 0);

/** What the database holds: the rows themselves, nothing computed by it. */
export async function rowsOf({ sql }: Real) {
  const [there] = await sql`select to_regclass('creditshift.control') is not null as schema`;
  const migrated = Boolean(there?.schema);
  return {
    balances: [...(await sql<Row[]>`select * from organization_credits order by organization_id`)],
    log: [...(await sql<Row[]>`select * from credit_consumption_logs order by id`)],
    allocations: migrated ? [...(await sql<Row[]>`select * from creditshift.allocations`)] : [],
    settled: migrated ? [...(await sql<Row[]>`select * from creditshift.settled`)] : [],
    mode: migrated ? (await sql<Row[]>`select mode from creditshift.control`)[0]?.mode : 'legacy',
    history: migrated ? (await sql<Row[]>`select step from creditshift.history order by 1`).map(row => row.step) : [],
  };
}
type Rows = Awaited<ReturnType<typeof rowsOf>>;

/** The invariants: after every action the database is what the model says, and its ledger adds up. */
export async function examine(model: Model, real: Real): Promise<void> {
  const rows = await rowsOf(real);
  expect({ mode: rows.mode, history: rows.history }).toEqual({
    mode: model.mode,
    history: STEPS.slice(0, model.applied),
  });
  expect(balancesOf(rows)).toEqual(expectedBalances(model));
  expect(callsOf(rows)).toEqual(expectedCalls(model));
  expect(ledgerFaults(model, rows)).toEqual([]);
  if (model.applied === 0) expect(await recordedCatalog(real.sql)).toEqual(real.before.catalog);
}

const balancesOf = ({ balances }: Rows) =>
  Object.fromEntries(
    balances.map(row => [
      row.organization_id,
      {
        plan: row.plan_name,
        total: row.total_credits,
        remaining: row.credits_remaining,
        pools: POOLS.map(pool => `${amount(row, `${pool}_credits_available`)}/${amount(row, `${pool}_credits_total`)}`),
      },
    ]),
  );

const expectedBalances = (model: Model) =>
  Object.fromEntries(
    living(model).map(([id, { plan, total, remaining, pools }]) => [
      id,
      { plan, total, remaining, pools: POOLS.map((_, i) => `${pools?.[i]?.available ?? 0}/${pools?.[i]?.total ?? 0}`) },
    ]),
  );

const callsOf = ({ log }: Rows) =>
  log.map(row => [row.organization_id, row.action_type, row.outcome, row.credits_consumed]);

const expectedCalls = ({ calls }: Model) =>
  calls.map(({ organization, action, quantity, success }) => {
    const credits = (ACTIONS[action]?.pools ?? []).reduce((sum, cost) => sum + cost, 0) * quantity;
    return [organization, action, success ? 'success' : 'INSUFFICIENT_CREDITS', success ? credits : 0];
  });

/** No pool below zero or above its total; Σ allocations − Σ charges = available; entries numbered without a gap. */
function ledgerFaults(model: Model, { balances, log, allocations }: Rows): string[] {
  if (!has(model, '040_expand_log')) return [];
  const numbered = log.filter(row => row.sequence !== null);
  return [...model.organizations.keys()].flatMap(id => {
    const of = (list: Row[], key: string) => list.filter(row => row[key] === id);
    const [balance] = of(balances, 'organization_id');
    const granted = of(allocations, 'organization');
    const charged = of(numbered, 'organization_id');
    const faults = POOLS.flatMap(pool => {
      const sum = (list: Row[], column: string) => list.reduce((all, row) => all + amount(row, column), 0);
      const given = sum(granted, `${pool}_granted`) - sum(granted, `${pool}_forfeited`);
      const available = amount(balance, `${pool}_credits_available`);
      const left = given - sum(charged, `${pool}_credits_consumed`);
      const within = 0 <= available && available <= amount(balance, `${pool}_credits_total`);
      return left === available && within ? [] : [`${id}: ${pool} ${available}, by the ledger ${left}`];
    });
    const numbers = [...granted, ...charged].map(row => amount(row, 'sequence')).sort((a, b) => a - b);
    const gapless = numbers.every((number, index) => number === index + 1);
    const counted = balance === undefined || amount(balance, 'last_sequence') === numbers.length;
    return gapless && counted ? faults : [...faults, `${id}: entries ${numbers}, counter ${balance?.last_sequence}`];
  });
}
