import { quoteIdentifier as q } from '../../config/names.ts';
import { type Conflict, LISTED, type Question } from './conflict.ts';
import { assignedKeys } from './keys.ts';

/** Balances that are no number, and those of which a split gives a pool more than its column holds. */
export async function amountConflicts(question: Question): Promise<Conflict[]> {
  const { config, model } = question;
  const { balance, total } = model.page;
  const beyond = await beyondPools(question);
  const odd = await owners(
    question,
    [balance, total].map(amount => `${amount}::numeric in (${NO_NUMBERS})`).join(' or '),
  );
  const of = (code: Conflict['code'], found: Found, message: string): Conflict[] =>
    found.count === 0 ? [] : [{ code, severity: 'blocks', value: null, ...found, message }];
  return [
    ...of(
      'NO_NUMBER',
      odd,
      `the legacy balance is NaN or infinite for ${odd.organizations.join(', ')}: correct it first`,
    ),
    ...of(
      'BEYOND_POOL',
      beyond,
      `a split gives ${beyond.organizations.join(', ')} more than a pool of ${config.balances.poolType} holds${config.balances.poolType === 'integer' ? '; say balances.poolType: bigint' : ''}`,
    ),
  ];
}

const NO_NUMBERS = `'NaN', 'Infinity', '-Infinity'`;

interface Found {
  count: number;
  organizations: string[];
}

/** Owners of the rows where a condition on the balance table, as b, holds: how many, and the first. */
async function owners({ tx, model }: Question, condition: string, joins = '', values: string[][] = []): Promise<Found> {
  const owner = `b.${q(model.balances.owner)}`;
  const [row] = await tx.unsafe<Found[]>(
    `select count(*)::integer as count, coalesce(json_agg(owner order by place) filter (where place <= ${LISTED}), '[]') as organizations
       from (select coalesce(${owner}::text, 'nobody') as owner, row_number() over (order by ${owner}) as place
               from ${model.balances.table} as b ${joins} where ${condition}) as found`,
    values,
  );
  return row ?? { count: 0, organizations: [] };
}

/** Those whose plan divides an amount of which one pool's share is too large. */
async function beyondPools(question: Question): Promise<Found> {
  const { config, model, rules } = question;
  const limits = model.plans.flatMap(({ plan, basis, shares }) => {
    const most = BigInt(Math.max(0, ...shares.map(({ weight }) => weight)));
    return basis === null || most === 0n
      ? []
      : [{ plan, basis, limit: ((BigInt(model.poolMax.text) + 1n) * 10_000n) / most }];
  });
  if (limits.length === 0) return { count: 0, organizations: [] };
  const { keys } = assignedKeys(question);
  const { organizations, unknown = 'skip' } = config.assignments;
  const { value, active, trial } = model.rule;
  const amount = `case l.basis when 'total' then ${model.page.total} else ${model.page.balance} end::numeric`;
  return owners(
    question,
    `${amount} not in (${NO_NUMBERS}) and ${amount} >= l.amount::numeric
       and (${active} is not false or '${config.policies.inactive}' = 'allocate') and (${trial} is not true or '${config.policies.trial}' = 'allocate')`,
    `left join unnest($1::text[], $2::text[]) as a (key, plan) on a.key::${model.key} = b.${q(model.balances.owner)}
     left join unnest($3::text[], $4::text[]) as v (value, plan) on v.value = coalesce(${value}, '')
     join unnest($5::text[], $6::text[], $7::text[]) as l (plan, basis, amount) on l.plan = coalesce(a.plan, v.plan, ($8::text[])[1])`,
    [
      keys,
      keys.map(key => organizations[key] ?? 'skip'),
      [...rules.keys()],
      [...rules.values()].map(plan => plan ?? 'skip'),
      limits.map(({ plan }) => plan),
      limits.map(({ basis }) => basis),
      limits.map(({ limit }) => String(limit)),
      [unknown],
    ],
  );
}
