import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import type { Sql } from '../database/connect.ts';
import { copyRow } from './new-rows.ts';

/** New organizations of a rehearsal, and why none could be made, where that is so. */
export interface Newcomers {
  organizations: string[];
  skipped: string[];
  faults: string[];
}

/** Organizations that a rehearsal makes: one keeps its plan, one changes it. */
const NEW = 2;

/** Values of the plan column with a pricing plan of their own, as the configuration orders them. */
export async function planValues(sql: Sql, model: Model): Promise<{ value: string; plan: string }[]> {
  if (model.balances.plan === null) return [];
  return sql<{ value: string; plan: string }[]>`
    select value, plan from creditshift.plan_values where plan is not null and value <> '' order by plan, value`;
}

/**
 * Makes organizations as the application does, each a copy of one that has pools, and looks whether they got their plan's
 * pools by themselves. What the tables do not allow is told, and no fault.
 */
export async function makeOrganizations(sql: Sql, model: Model): Promise<Newcomers> {
  const made: Newcomers = { organizations: [], skipped: [], faults: [] };
  const from = await example(sql, model);
  if (from === undefined) return { ...made, skipped: ['new organizations: none has pools to take as a model'] };
  for (let n = 0; n < NEW; n++) {
    try {
      const key = await freshKey(sql, model, n);
      await makeOne(sql, model, from, key);
      made.organizations.push(key);
      made.faults.push(...(await withoutPools(sql, key)));
    } catch (error) {
      made.skipped.push(`new organizations: the tables refuse one: ${(error as Error).message}`);
      break;
    }
  }
  return made;
}

/** An allocated organization that is a tenant too. */
async function example(sql: Sql, { tenants, balances }: Model): Promise<string | undefined> {
  const [row] = await sql.unsafe<{ organization: string }[]>(`
    select a.organization::text as organization
      from creditshift.allocations as a
      join ${tenants.table} as t on t.${quoteIdentifier(tenants.key)} = a.organization
      join ${balances.table} as b on b.${quoteIdentifier(balances.owner)} = a.organization
     order by a.organization limit 1`);
  return row?.organization;
}

/** A key that no organization has. */
async function freshKey(sql: Sql, { key, tenants }: Model, n: number): Promise<string> {
  const column = quoteIdentifier(tenants.key);
  const number = /^(smallint|integer|bigint|numeric)/.test(key.text);
  const expression = number
    ? `(select max(${column}) + 1 from ${tenants.table})`
    : key.text === 'uuid'
      ? 'gen_random_uuid()'
      : `'rehearsal-${n + 1}'`;
  const [row] = await sql.unsafe<{ key: string }[]>(`select (${expression})::${key}::text as key`);
  if (!row) throw new Error('the server answered nothing');
  return row.key;
}

/** Tenant and balance row in one transaction, under the first plan that the tables take. */
async function makeOne(sql: Sql, model: Model, from: string, key: string): Promise<void> {
  const { tenants, balances } = model;
  const plans = (await planValues(sql, model)).map(({ value }) => ({ [balances.plan ?? '']: value }));
  const tries = plans.length > 0 ? plans : [{}];
  for (const [index, plan] of tries.entries()) {
    try {
      await sql.begin(async tx => {
        const same = tenants.table.toString() === balances.table.toString();
        if (!same) await copyRow(tx, tenants, from, key);
        await copyRow(tx, { table: balances.table, key: balances.owner }, from, key, { ...plan, ...POOLS_OF(model) });
      });
      return;
    } catch (error) {
      if (index === tries.length - 1) throw error;
    }
  }
}

/** A new row knows nothing of the toolkit's columns: they begin empty. */
const POOLS_OF = (model: Model): Record<string, string> =>
  Object.fromEntries([...model.pools.flatMap(p => [p.counter, p.total]), 'last_sequence'].map(c => [c, '0']));

async function withoutPools(sql: Sql, key: string): Promise<string[]> {
  const [row] = await sql<{ allocated: boolean; reason: string | null }[]>`
    select exists (select from creditshift.allocations where organization::text = ${key}) as allocated,
           (select kind || ': ' || reason from creditshift.exceptions where organization::text = ${key}) as reason`;
  if (row?.allocated || row?.reason?.startsWith('skipped')) return [];
  return [`new organization ${key} got no pools by itself (${row?.reason ?? 'nothing says why'})`];
}
