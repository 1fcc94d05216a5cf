import { buildModel } from '../../config/model.ts';
import type { Config } from '../../config/schema.ts';
import type { Queryable } from '../../database/connect.ts';
import type { Facts } from '../../database/facts.ts';

/** What a pricing plan gives, by pool in today's order. */
export interface Terms {
  plan: string;
  policy: string;
  credits: number[];
  weights: number[];
  floors: number[];
}

/** The terms of every plan in every recorded revision: a later one changes no organization that is not reallocated. */
export async function recordedTerms(sql: Queryable, pools: readonly string[]): Promise<Terms[]> {
  const revisions = await sql<{ config: Config; facts: Facts }[]>`select config, facts from creditshift.revisions`;
  const terms = revisions.flatMap(({ config, facts }) =>
    buildModel(config, facts).plans.map(({ plan, policy, shares }) => {
      const ordered = pools.map(pool => shares.find(share => share.pool === pool));
      return {
        plan,
        policy,
        credits: ordered.map(share => share?.credits ?? 0),
        weights: ordered.map(share => share?.weight ?? 0),
        floors: ordered.map(share => share?.floor ?? 0),
      };
    }),
  );
  return [...new Map(terms.map(term => [JSON.stringify(term), term])).values()];
}
