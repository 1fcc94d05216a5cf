import type { Config } from './schema.ts';

type PlanConfig = Config['plans'][string];
type Pools = readonly { name: string }[];

/** Credits as a literal takes them: `unlimited` is the most that a pool's column holds. */
export const creditsOf = (credits: number | 'unlimited' | undefined, max: number | string): number | string =>
  credits === 'unlimited' ? max : (credits ?? 0);

/** A pricing plan as its rows in schema creditshift say it; weights and carry in ten-thousandths. */
export function termsOf(plan: string, entry: PlanConfig, pools: Pools, max: number | string) {
  const { grant, split, usage, carry } = entry;
  const weights = split?.weights ?? usage?.otherwise;
  const floors = split?.floors ?? usage?.floors;
  return {
    plan,
    policy: split ? ('split' as const) : usage ? ('usage' as const) : ('grant' as const),
    // The legacy number that it looks at: what is carried over is what remains.
    basis: split?.of ?? usage?.of ?? (carry ? ('remaining' as const) : null),
    days: usage?.days ?? null,
    price: entry.price ?? null,
    shares: pools.map(({ name }) => ({
      pool: name,
      credits: creditsOf(grant?.[name], max),
      weight: points(weights?.[name]),
      floor: floors?.[name] ?? 0,
      carry: points(carry?.[name]),
    })),
  };
}

const points = (weight = 0): number => Math.round(weight * 10_000);

/** How many days of the log its plans divide by, each once. */
export const windowsOf = ({ plans }: Config): number[] =>
  [...new Set(Object.values(plans).flatMap(({ usage }) => (usage ? [usage.days] : [])))].sort((a, b) => a - b);

/**
 * Which part of what an action consumed belongs to each pool that the catalogue charges for it, in proportion of the pool
 * costs: whole numbers, over one denominator for all actions.
 */
export function usedShares({ catalogue }: Config, pools: Pools): { action: string; position: number; part: string }[] {
  const actions = Object.entries(catalogue).map(([action, entry]) => {
    const costs = pools.map(({ name }) => BigInt(entry.pools[name] ?? 0));
    return { action, costs, sum: costs.reduce((a, b) => a + b, 0n) };
  });
  const whole = actions.reduce((lcm, { sum }) => (sum === 0n ? lcm : (lcm / gcd(lcm, sum)) * sum), 1n);
  return actions.flatMap(({ action, costs, sum }) =>
    costs.flatMap((cost, index) =>
      cost === 0n ? [] : [{ action, position: index + 1, part: String((whole / sum) * cost) }],
    ),
  );
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
