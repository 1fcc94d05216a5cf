import { quoteIdentifier as q } from '../../config/names.ts';
import { behaviour } from './behaviour.ts';
import type { Probe } from './probe.ts';

const NAME = 'allocate_plan_credits';

export const allocatePlan = behaviour(
  {
    name: 'behaviour.allocate-plan-credits',
    claim:
      'allocate_plan_credits gives an organization its plan’s credits once, and raises for a second time or an unknown plan',
    why: 'allocated twice is credits for nothing',
    remedy: 'allocate_plan_credits does not work as installed: see schema.function-bodies',
  },
  async tried => {
    const { plans, key } = tried.model;
    const types = [key.text, 'text'];
    for (const { plan, basis, shares } of plans) {
      await forgetAllocations(tried);
      tried.expect(plan, await tried.call(NAME, types, [tried.organization, plan]), '');
      const { available, sequence } = await tried.balance();
      tried.expect(`${plan}: entry`, sequence, 1);
      const fixed = basis === null && !tried.model.overrides.some(o => o.organization === tried.organization);
      const expected = fixed ? shares.map(share => Number(share.credits)) : await entitlement(tried, plan);
      tried.expect(`${plan}: credits`, available, expected);
      await tried.expectRaised(`${plan} again`, 'ALREADY_ALLOCATED', NAME, types, [tried.organization, plan]);
    }
    const first = plans[0]?.plan;
    await tried.expectRaised('unknown plan', 'UNKNOWN_PLAN', NAME, types, [tried.organization, 'no such plan']);
    await tried.expectRaised('unknown organization', 'UNKNOWN_ORGANIZATION', NAME, types, [tried.unknown, first]);
  },
);

/** As if the organization had never been allocated. */
async function forgetAllocations(tried: Probe): Promise<void> {
  const { table, owner } = tried.model.balances;
  await tried.fill(tried.model.pools.map(() => 0));
  await tried.query('delete from creditshift.allocations where organization = $1', [tried.organization]);
  await tried.query(`update ${table} set last_sequence = 0 where ${q(owner)} = $1`, [tried.organization]);
}

/** What a plan gives that looks at the legacy balance, worked out by the function that allocates. */
async function entitlement(tried: Probe, plan: string): Promise<number[]> {
  const { balances, legacy } = tried.model;
  const [row] = await tried.query<{ credits: number[] }>(
    `select (select json_agg(c.credits + coalesce(e.carried[c.n], 0) order by c.n) from unnest(e.credits) with ordinality as c (credits, n)) as credits
       from ${balances.table} as v_row, creditshift.entitlement(v_row.${q(balances.owner)}, $2, ${legacy.total}, ${legacy.balance}) as e
      where v_row.${q(balances.owner)} = $1`,
    [tried.organization, plan],
  );
  return row?.credits ?? [];
}
