import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';

/** Organizations of one value of the plan column; sums are exact decimals as text. */
export interface InventoryRow {
  /** Null: no plan, or, in the total, all. */
  plan: string | null;
  organizations: number;
  sum: string | null;
  average: string | null;
}

/** Balances by plan, and in total. */
export async function readInventory(
  tx: Queryable,
  model: Model,
): Promise<{ plans: InventoryRow[]; total: InventoryRow }> {
  const column = `${model.page.balance}::numeric`;
  const rows = await tx.unsafe<(InventoryRow & { all: boolean })[]>(
    `select p.value as plan, grouping(p.value) = 1 as all, count(*) as organizations,
            sum(${column})::text as sum, trim_scale(avg(${column}))::text as average
       from ${model.balances.table} as b cross join lateral (select ${model.rule.value} as value) as p
      group by grouping sets ((p.value), ()) order by 2, 1`,
  );
  const plain = rows.map(({ all: _, ...row }) => row);
  const nothing = { plan: null, organizations: 0, sum: null, average: null };
  return { plans: plain.slice(0, -1), total: plain.at(-1) ?? nothing };
}

export interface Oddities {
  null: number;
  zero: number;
  negative: number;
  inactive: number;
  trial: number;
}

/** How many balances are null, zero or negative, and how many organizations the two policies are about. */
export async function readOddities(tx: Queryable, model: Model): Promise<Oddities> {
  const column = model.page.balance;
  const [row] = await tx.unsafe<Oddities[]>(
    `select count(*) filter (where ${column} is null) as "null", count(*) filter (where ${column} = 0) as zero,
            count(*) filter (where ${column} < 0) as negative,
            count(*) filter (where ${model.rule.active} is false) as inactive,
            count(*) filter (where ${model.rule.trial}) as trial
       from ${model.balances.table} as b`,
  );
  return row ?? { null: 0, zero: 0, negative: 0, inactive: 0, trial: 0 };
}

/** A column that claims to be the balance too, where it says something else. */
export interface Disagreement {
  column: string;
  count: number;
  first: { organization: string; balance: string | null; other: string | null }[];
}

/** Rows in which `other` differs from the balance: how many, and the first 20. */
export async function readDisagreement(tx: Queryable, model: Model, other: string): Promise<Disagreement> {
  const [owner, two] = [model.balances.owner, other].map(name => `b.${quoteIdentifier(name)}`);
  const one = model.page.balance;
  const [row] = await tx.unsafe<Omit<Disagreement, 'column'>[]>(
    `select count(*) as count,
            coalesce(json_agg(json_build_object('organization', organization, 'balance', one, 'other', two) order by place)
              filter (where place <= 20), '[]') as first
       from (select ${owner}::text as organization, ${one}::text as one, ${two}::text as two,
                    row_number() over (order by ${owner}) as place
               from ${model.balances.table} as b where ${one} is distinct from ${two}) as differing`,
  );
  return { column: other, count: 0, first: [], ...row };
}
