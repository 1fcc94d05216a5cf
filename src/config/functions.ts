import type { Facts } from '../database/facts.ts';
import { Fragment, parseQualified } from './names.ts';
import type { Config } from './schema.ts';

/** A parameter of the consume function: legacy ones first, as they were, then ours with defaults. */
interface Parameter {
  name: string;
  type: Fragment;
  /** ` default 1`, or empty. Legacy parameters keep theirs, or keep having none. */
  fallback: Fragment;
}

const newParameters = (facts: Facts) => [
  { name: 'p_quantity', type: 'integer', fallback: '1' },
  { name: 'p_user_id', type: facts.userType, fallback: 'null' },
  { name: 'p_idempotency_key', type: 'text', fallback: 'null' },
  { name: 'p_metadata', type: facts.metadataType, fallback: 'null' },
];

/** The consume function's parameters. */
export function parametersOf(config: Config, facts: Facts): Parameter[] {
  const legacy = facts.consume.parameters.map(p => ({
    name: p.name,
    type: new Fragment(p.type),
    fallback: new Fragment(p.fallback ? ` default ${p.fallback}` : ''),
  }));
  const names = legacy.map(p => p.name);
  const quantity = config.functions.consume.quantity ?? 'p_quantity';
  const ours = newParameters(facts).filter(
    p => !names.includes(p.name) && !(p.name === 'p_quantity' && names.includes(quantity)),
  );
  return [
    ...legacy,
    ...ours.map(p => ({
      name: p.name,
      type: new Fragment(p.type),
      fallback: new Fragment(` default ${p.fallback}`),
    })),
  ];
}

/**
 * Every function of step 050 with its argument types. `callers` are the roles the cutover lets in, by the function's
 * place beside the legacy one; `readers` those for whom a view or a policy calls it.
 */
export function functionsOf(config: Config, facts: Facts) {
  const { execute, actForAll } = config.functions;
  const consume = parseQualified(config.functions.consume.name).name;
  const consumeTypes = parametersOf(config, facts)
    .map(p => p.type.text)
    .join(', ');
  const functions: { name: string; types: string; callers?: string[]; readers?: string[] }[] = [
    { name: consume, types: consumeTypes, callers: execute },
    { name: 'consume_specific_credits', types: `${facts.keyType}, text, bigint, text`, callers: actForAll },
    { name: 'get_available_credits', types: `${facts.keyType}, text`, callers: execute },
    { name: 'allocate_plan_credits', types: `${facts.keyType}, text`, callers: actForAll },
    { name: 'reverse_credits', types: `${facts.keyType}, bigint, bigint, text, text`, callers: actForAll },
    { name: 'top_up_credits', types: `${facts.keyType}, text, bigint, text`, callers: actForAll },
    { name: 'reset_cycle', types: `${facts.keyType}, date`, callers: actForAll },
    { name: 'own_organizations', types: '', readers: execute },
    { name: 'plan_of', types: facts.keyType, readers: execute },
    { name: 'rule', types: `${facts.keyType}, text, boolean, boolean` },
    { name: 'entitlement', types: `${facts.keyType}, text, numeric, numeric` },
    { name: 'allocate', types: `${facts.keyType}, text, text, text, boolean, text[]` },
    { name: 'allocate_by_rule', types: facts.keyType },
    { name: 'catch_up', types: `xid8, ${facts.keyType}, integer` },
    { name: 'admits_legacy_write', types: `${facts.keyType}, numeric, numeric` },
    { name: 'on_new_organization', types: '' },
    { name: 'on_deleted_organization', types: '' },
    { name: 'on_legacy_write', types: '' },
  ];
  return functions.map(f => ({
    ...f,
    types: new Fragment(f.types),
    exposed: f.callers !== undefined,
    callers: f.callers ?? [],
    readers: f.readers ?? [],
  }));
}
