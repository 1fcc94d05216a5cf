import type { Model } from '../../../config/model.ts';
import { quoteLiteral as lit, quoteIdentifier as q } from '../../../config/names.ts';
import type { Actor, Rows, Trial } from './cell.ts';

/** The trials of one actor of every credit function that callers find now, for one organization. */
export function callTrials(actor: Actor, model: Model, whose: Rows, organization: string): Trial[] {
  const { schema, consume, legacy } = model.functions;
  const known = model.live ? callable(model) : legacy.length > 0 ? [consume.name] : [];
  return known.map(name => ({
    role: actor.role,
    claims: JSON.stringify(actor.claims),
    object: `${q(schema)}.${q(name)}`,
    command: 'call',
    rows: whose,
    setup: undefined,
    statement: `select ${q(schema)}.${q(name)}(${argumentsOf(name, model, organization)})`,
    planned: false,
  }));
}

/** The functions that the cutover puts where callers look. */
export const callable = (model: Model): string[] => model.internalFunctions.filter(f => f.exposed).map(f => f.name);

/** Arguments that a caller who may act for the organization is not refused for. */
function argumentsOf(name: string, model: Model, organization: string): string {
  const key = `${lit(organization)}::${model.key.text}`;
  const pool = lit(model.pools[0]?.name ?? '');
  const others: Record<string, string> = {
    get_available_credits: pool,
    consume_specific_credits: `${pool}, 1, 'a trial, rolled back'`,
    allocate_plan_credits: lit(model.plans[0]?.plan ?? ''),
    reverse_credits: `1`,
    top_up_credits: `${pool}, 1, 'a trial, rolled back'`,
    reset_cycle: 'current_date',
  };
  return name in others ? `${key}, ${others[name]}` : consumeArguments(model, organization);
}

/** As an application calls it: the legacy function as well as the one that takes its place. */
function consumeArguments(model: Model, organization: string): string {
  const { parameters, quantity, ...consume } = model.functions.consume;
  const given: Record<string, string> = {
    [consume.organization]: lit(organization),
    [consume.action]: lit(model.catalogue[0]?.action ?? ''),
  };
  return parameters
    .filter(p => p.name in given || p.fallback.text === '')
    .map(p => `${q(p.name)} => ${given[p.name] ?? (p.name === quantity ? '1' : 'null')}::${p.type}`)
    .join(', ');
}
