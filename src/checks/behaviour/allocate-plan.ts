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
    for (const { plan, policy, shares } of plans) {
      await forgetAllocations(tried);
      tried.expect(plan, await tried.call(NAME, types, [tried.organization, plan]), '');
      const { available, sequence } = await tried.balance();
      tried.expect(`${plan}: entry`, sequence, 1);
      const expected = policy === 'grant' ? shares.map(share => share.credits) : await entitlement(tried, plan);
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

/** What a split gives, worked out by the function that the pages of the migration use. */
async function entitlement(tried: Probe, plan: string): Promise<number[]> {
  const { balances, legacy } = tried.model;
  const [row] = await tried.query<{ credits: number[] }>(
    `select to_json(creditshift.entitlement($2, ${legacy.total}, ${legacy.balance})) as credits
       from ${balances.table} as v_row where ${q(balances.owner)} = $1`,
    [tried.organization, plan],
  );
  return row?.credits ?? [];
}
