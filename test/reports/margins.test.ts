import Big from 'big.js';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/schema.ts';
import { type MarginFacts, type MarginTable, marginTables } from '../../src/reports/margin-tables.ts';
import { reaches, worstCase } from '../../src/reports/margins.ts';
import { percent } from '../../src/reports/markdown.ts';
import { guardianConfig } from '../support/guardian.ts';

/** The facts that the database would give for the reference plans. */
function facts(
  config: Config,
  organizations: Record<string, number>,
  charged: Record<string, string[]> = {},
): MarginFacts {
  const pools = Object.entries(config.pools).map(([pool, { label, purpose, provider, enabled }]) => ({
    pool,
    label: label ?? pool,
    purpose,
    provider,
    enabled,
    least: null,
    most: null,
  }));
  const amounts = (record: Record<string, number | 'unlimited'> = {}) =>
    pools.map(({ pool }) => String(record[pool] ?? 0));
  return {
    pools,
    plans: Object.entries(config.plans).map(([plan, { price, grant, split }]) => ({
      plan,
      policy: split ? 'split' : 'grant',
      basis: split?.of ?? null,
      days: null,
      price: price === undefined ? null : String(price),
      credits: amounts(grant ?? split?.floors),
      weights: amounts(split?.weights),
      carry: amounts(),
    })),
    totals: Object.entries(organizations).map(([plan, count]) => ({
      plan,
      organizations: count,
      available: [],
      total: [],
      unlimited: [],
      legacyNow: null,
    })),
    spent: Object.entries(charged).map(([plan, credits]) => ({ plan, charged: credits, resets: 0 })),
    poolMax: '2147483647',
  };
}

function tableOf(name: string, change: (config: Config) => void = () => {}, starters = 1): MarginTable {
  const config = guardianConfig();
  change(config);
  const charged = { starter: ['1', '1', '0', '0'], premium: ['0', '0', '1', '0'] };
  const table = marginTables(config.costs, facts(config, { starter: starters, premium: 1 }, charged)).find(
    t => t.name === name,
  );
  if (!table) throw new Error(`no table ${name}`);
  return table;
}

const shown = (rows: MarginTable['worst']) =>
  Object.fromEntries(rows.map(row => [row.plan, row.percent === null ? row.verdict : percent(row.percent)]));

describe('margins at full use, every pool included', () => {
  it('with the costs of the status report', () => {
    expect(shown(tableOf('status-report').worst)).toEqual({
      starter: '69.18 %',
      professional: '82.79 %',
      premium: '65.54 %',
      enterprise: 'no public price',
      custom: 'split of the legacy balance: no fixed worst case',
      'all deployed plans': '65.96 %',
    });
  });

  it('with the costs of the completion report, a loss included', () => {
    const { starter, professional, premium } = shown(tableOf('completion-report').worst);
    expect([starter, professional, premium]).toEqual(['13.16 %', '33.33 %', '−0.67 %']);
  });

  it('per pool, where the table gives a revenue', () => {
    const pools = tableOf('completion-report').perPool.map(pool => pool.percent?.toString());
    expect(pools).toEqual(['80', '80', '90', '84']);
    expect(tableOf('status-report').perPool).toEqual([]);
  });

  it('name the plan that reaches the target only with a pool left out', () => {
    const notes = tableOf('status-report').overstated.map(n => [n.plan, n.pool, percent(n.shown), percent(n.percent)]);
    expect(notes).toEqual([
      ['starter', 'SMS', '82.34 %', '69.18 %'],
      ['premium', 'SMS', '82.32 %', '65.54 %'],
    ]);
  });
});

it('the actual margin is of the charged credits, per plan', () => {
  const { actual } = tableOf('status-report');
  expect(actual.map(row => [row.plan, row.cost?.toString(), row.percent && percent(row.percent)])).toEqual([
    ['starter', '0.0207', '99.89 %'],
    ['premium', '0', '100.00 %'],
  ]);
});

it('every organization on a plan pays its price', () => {
  const { worst, actual } = tableOf('status-report', () => {}, 3);
  expect(worst.at(-1)).toMatchObject({
    plan: 'all deployed plans',
    price: new Big('206'),
    cost: new Big('68.905'),
    target: 82,
  });
  expect(actual[0]).toMatchObject({ plan: 'starter', organizations: 3, price: new Big('57'), cost: new Big('0.0207') });
});

it('a pool without a unit cost gives no margin instead of a better one', () => {
  const table = tableOf('status-report', config => delete config.costs?.tables['status-report']?.perCredit.sms);
  expect(shown(table.worst).starter).toBe('no unit cost for pool sms');
  expect(shown(table.worst).professional).toBe('82.79 %');
});

it('targets are compared unrounded', () => {
  expect(reaches(new Big('100'), new Big('30'), 70)).toBe(true);
  expect(reaches(new Big('100'), new Big('30.0000000000000000000000001'), 70)).toBe(false);
});

it('a price of 0 and no price give no margin', () => {
  const plan = { plan: 'free', unfixed: null, credits: { ai: '1' } };
  expect(worstCase({ ...plan, price: '0' }, { ai: 1 }, 70)).toEqual({ plan: 'free', none: 'the price is 0' });
  expect(worstCase({ ...plan, price: null }, { ai: 1 }, 70)).toEqual({ plan: 'free', none: 'no public price' });
});
