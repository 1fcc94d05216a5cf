import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { listed, select } from '../violations.ts';

export const pricingRows: Check = {
  name: 'schema.pricing-rows',
  claim: 'pools, pricing plans, assignments and policies in schema creditshift are those of the recorded configuration',
  why: 'the functions read these rows, not the file: they decide what every organization gets',
  remedy: 'change them in the configuration and run creditshift migrate; rows edited by hand are not recorded anywhere',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '015_pricing',
  async find({ sql, model }) {
    const compare = async (table: string, columns: string, wanted: readonly object[], whole: boolean) => {
      const names = columns
        .split(', ')
        .map(column => column.split(' ')[0])
        .join(', ');
      const lacking = `select ${names} from wanted except select ${names} from creditshift.${table}`;
      const extra = `select ${names} from creditshift.${table} except select ${names} from wanted`;
      const text = `with wanted as (select * from jsonb_to_recordset($1::text::jsonb) as w (${columns}))
        select format('${table} lacks %s', to_jsonb(d)) from (${lacking}) as d
        ${whole ? `union all select format('${table} has %s', to_jsonb(d)) from (${extra}) as d` : ''}`;
      return (await select(sql, text, [wanted])).rows;
    };
    const shares = model.plans.flatMap(({ plan, shares }) => shares.map(share => ({ plan, ...share })));
    const pools = model.pools.map(({ name, legacyValue, ...pool }) => ({
      ...pool,
      pool: name,
      legacy_value: legacyValue,
    }));
    // A revision takes rules out, never pools and plans: allocations refer to those.
    return listed([
      ...(await compare('pools', 'pool text, position integer, label text, legacy_value bigint', pools, false)),
      ...(await compare(
        'plans',
        'plan text, policy text, basis text, days integer, price numeric',
        model.plans,
        false,
      )),
      ...(await compare(
        'plan_pools',
        'plan text, pool text, credits bigint, weight integer, floor bigint, carry integer',
        shares,
        false,
      )),
      ...(await compare('plan_values', 'value text, plan text', model.planValues, true)),
      ...(await compare('assignments', `organization ${model.key}, plan text`, model.assignments, true)),
      ...(await compare('overrides', `organization ${model.key}, pool text, credits bigint`, model.overrides, true)),
      ...(await compare('policies', 'policy text, value text', model.policies, true)),
    ]);
  },
};
