import { ADMIN, AGENZIA, guardianYaml } from '../support/guardian.ts';

/** What the configuration of the sequences says, as a person reads it: the model's arithmetic is its own. */
export const POOLS = ['ai', 'whatsapp', 'email', 'sms'] as const;

/** One amount a pool, in the order of POOLS. */
export type Amounts = readonly [number, number, number, number];

/** Legacy credits that a credit of each pool is worth, in the order of POOLS. */
export const LEGACY_VALUES: Amounts = [1, 1, 1, 2];

interface Split {
  of: 'total' | 'remaining';
  /** Ten-thousandths. */
  weights: Amounts;
  floors: Amounts;
}

export const PLANS: Readonly<Record<string, Amounts | Split>> = {
  tiny: [3, 1, 10, 1],
  starter: [200, 150, 1000, 50],
  premium: [1500, 1200, 20000, 500],
  carry: { of: 'remaining', weights: [4000, 3000, 2000, 1000], floors: [0, 0, 0, 0] },
  custom: { of: 'total', weights: [4000, 3000, 3000, 1000], floors: [500, 300, 1000, 100] },
};

/** Wins over the plan column. */
export const ASSIGNED: Readonly<Record<string, string>> = { [ADMIN]: 'premium', [AGENZIA]: 'starter' };

/** `campaign` is not in the legacy price list, and two pools pay for it. */
export const ACTIONS: Readonly<Record<string, { legacy: number; pools: Amounts }>> = {
  ai_chat: { legacy: 1, pools: [1, 0, 0, 0] },
  form_generation: { legacy: 5, pools: [5, 0, 0, 0] },
  whatsapp_message: { legacy: 1, pools: [0, 1, 0, 0] },
  bulk_email: { legacy: 10, pools: [0, 0, 10, 0] },
  sms_send: { legacy: 2, pools: [0, 0, 0, 1] },
  campaign: { legacy: 4, pools: [1, 0, 3, 0] },
};

/** Pages of two organizations. */
export const YAML = guardianYaml
  .replace(/^( {2}sms: .*) }$/m, '$1, legacyValue: 2 }')
  .replace(
    'plans:\n',
    `plans:
  tiny:  { grant: { ai: 3, whatsapp: 1, email: 10, sms: 1 } }
  carry: { split: { of: remaining, weights: { ai: 0.4, whatsapp: 0.3, email: 0.2, sms: 0.1 } } }
`,
  )
  .replace('catalogue:', 'catalogue:\n  campaign: { legacyCost: 4, pools: { ai: 1, email: 3 } }\n #')
  .replace('rows: 20000', 'rows: 2');

/** What a plan gives over a legacy balance: shares by largest remainder, the earlier pool first, then the floors. */
export function entitlement(plan: string, balance: { total: number; remaining: number }): number[] {
  const terms = PLANS[plan];
  if (!terms) throw new Error(`no plan ${plan}`);
  if (!('of' in terms)) return [...terms];
  const amount = Math.max(0, balance[terms.of]);
  const shares = terms.weights.map((weight, pool) => {
    const product = amount * weight;
    return { pool, share: Math.floor(product / 10_000), remainder: product % 10_000 };
  });
  const spare = Math.floor(shares.reduce((sum, s) => sum + s.remainder, 0) / 10_000);
  for (const s of [...shares].sort((a, b) => b.remainder - a.remainder || a.pool - b.pool).slice(0, spare))
    s.share += 1;
  return shares.map(({ share, pool }) => Math.max(share, terms.floors[pool] ?? 0));
}

export const isSplit = (plan: string): boolean => 'of' in (PLANS[plan] ?? {});
