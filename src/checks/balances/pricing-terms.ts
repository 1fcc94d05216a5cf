import { buildModel } from '../../config/model.ts';
import type { Config } from '../../config/schema.ts';
import type { Queryable } from '../../database/connect.ts';
import type { Facts } from '../../database/facts.ts';

/** What a pricing plan gives, by pool in today's order. */
export interface Terms {
  plan: string;
  policy: string;
  /** Days of the log that it divides by. */
  days: number | null;
  /** Text where they are unlimited. */
  credits: (number | string)[];
  weights: number[];
  floors: number[];
  /** Ten-thousandths of the unspent legacy balance that are carried over; null where nothing is. */
  carry: number[] | null;
}

/** The terms of every plan in every recorded revision: a later one changes no organization that is not reallocated. */
export async function recordedTerms(sql: Queryable, pools: readonly string[]): Promise<Terms[]> {
  const revisions = await sql<{ config: Config; facts: Facts }[]>`select config, facts from creditshift.revisions`;
  const terms = revisions.flatMap(({ config, facts }) =>
    buildModel(config, facts).plans.map(({ plan, policy, basis, days, shares }) => {
      const ordered = pools.map(pool => shares.find(share => share.pool === pool));
      return {
        plan,
        policy,
        days,
        credits: ordered.map(share => share?.credits ?? 0),
        weights: ordered.map(share => share?.weight ?? 0),
        floors: ordered.map(share => share?.floor ?? 0),
        carry: policy === 'grant' && basis !== null ? ordered.map(share => share?.carry ?? 0) : null,
      };
    }),
  );
  return [...new Map(terms.map(term => [JSON.stringify(term), term])).values()];
}

/** Credits that an override gives an organization, by pool in today's order, null where it gives none. */
export interface Override {
  organization: string;
  credits: (number | string | null)[];
}

/**
 * The overrides of every recorded revision. An organization that one revision overrides and another does not has an entry
 * of nulls too.
 */
export async function recordedOverrides(sql: Queryable, pools: readonly string[]): Promise<Override[]> {
  const revisions = await sql<{ config: Config; facts: Facts }[]>`select config, facts from creditshift.revisions`;
  const recorded = revisions.map(({ config, facts }) => buildModel(config, facts).overrides);
  const keys = new Set(recorded.flatMap(overrides => overrides.map(o => o.organization)));
  const all = [...keys].flatMap(organization =>
    recorded.map(overrides => {
      const own = overrides.filter(o => o.organization === organization);
      return { organization, credits: pools.map(pool => own.find(o => o.pool === pool)?.credits ?? null) };
    }),
  );
  return [...new Map(all.map(override => [JSON.stringify(override), override])).values()];
}
