import type { Facts } from '../database/facts.ts';
import { Fragment, parseQualified, quoteIdentifier } from './names.ts';
import type { Config } from './schema.ts';

/** A parameter of the consume function: legacy ones first, as they were, then ours with defaults. */
interface Parameter {
  name: string;
  type: Fragment;
  /** ` default 1`, or empty: legacy parameters keep having none. */
  fallback: Fragment;
}

/** What templates and checks see: every name and type of the target, whole. Built from plain data only. */
export type Model = ReturnType<typeof buildModel>;
export type PoolModel = Model['pools'][number];

const newParameters = (facts: Facts) => [
  { name: 'p_quantity', type: 'integer', fallback: '1' },
  { name: 'p_user_id', type: facts.userType, fallback: 'null' },
  { name: 'p_idempotency_key', type: 'text', fallback: 'null' },
  { name: 'p_metadata', type: facts.metadataType, fallback: 'null' },
];

/** What a rendering depends on besides configuration and catalog: how far the database has come. */
export interface Phase {
  /** Pools whose columns are still to be made: all at first, the new ones in a later revision. */
  added?: readonly string[];
  /** The cutover has moved the public functions to where callers look. */
  live?: boolean;
  /** What has become of the legacy columns. */
  legacyColumns?: 'kept' | 'retired' | 'dropped';
}

/** Builds the model of a configuration on a database in a phase; a fresh migration by default. */
export function buildModel(config: Config, facts: Facts, phase: Phase = {}) {
  const added = phase.added ?? Object.keys(config.pools);
  const { balances, log, actions } = config;
  const exposed = parseQualified(config.functions.consume.legacy.replace(/\(.*$/s, ''));
  const max = balances.poolType === 'integer' ? 2_147_483_647 : '9223372036854775807';
  const pools = Object.entries(config.pools).map(([name, pool], index) => poolModel(config, name, pool, index));
  const withPoolList = <T>(record: Record<string, T> | undefined, fallback: T) =>
    pools.map(pool => ({ pool: pool.name, value: record?.[pool.name] ?? fallback }));

  return {
    key: new Fragment(facts.keyType),
    poolType: new Fragment(balances.poolType),
    poolMax: new Fragment(String(max)),
    legacyType: new Fragment(facts.legacyType),
    logMax: new Fragment(facts.logCapped ? '2147483647' : '9223372036854775807'),
    tenants: { table: parseQualified(config.tenants.table), key: config.tenants.key, name: config.tenants.name },
    balances: {
      table: parseQualified(balances.table),
      role: facts.balancesOwner,
      owner: balances.owner,
      plan: balances.plan ?? null,
      active: balances.active ?? null,
      trial: balances.trial ?? null,
      balance: balances.legacy.balance,
      total: balances.legacy.total ?? null,
      used: balances.legacy.used ?? null,
      retired: retiredColumns(config),
      // Generated columns go before the columns they are made from.
      dropOrder: retiredColumns(config).reverse(),
    },
    actions: {
      table: parseQualified(actions.table),
      action: actions.action,
      cost: actions.cost,
      description: actions.description ?? null,
    },
    log: { ...log, table: parseQualified(log.table) },
    functions: {
      schema: exposed.schema,
      home: phase.live ? exposed.schema : 'creditshift',
      execute: config.functions.execute,
      actForAll: config.functions.actForAll,
      revoke: [...new Set([...facts.defaultGrantees, ...config.functions.execute])],
      membership: membershipModel(config),
      claim: 'claim' in config.functions.caller ? config.functions.caller.claim : null,
      consume: {
        name: exposed.name,
        organization: config.functions.consume.organization,
        action: config.functions.consume.action,
        quantity: config.functions.consume.quantity ?? 'p_quantity',
        returns: new Fragment(facts.consume.returns),
        compatible: config.functions.consume.answer === 'compatible',
        parameters: parametersOf(config, facts),
        signature: new Fragment(
          parametersOf(config, facts)
            .map(p => p.type.text)
            .join(', '),
        ),
      },
      legacy: facts.overloads.map(f => ({
        schema: f.schema,
        name: f.name,
        types: new Fragment(f.types),
        signature: `${f.schema}.${f.name}(${f.types})`,
        hash: f.hash,
      })),
    },
    ...expressionsOf(config, balances, phase.legacyColumns ?? 'kept'),
    live: phase.live ?? false,
    internalFunctions: functionsOf(config, facts),
    pools,
    added: pools.filter(pool => added.includes(pool.name)),
    catalogue: Object.entries(config.catalogue).map(([action, entry]) => ({
      action,
      legacyCost: entry.legacyCost ?? 0,
      description: entry.description ?? null,
      required: withPoolList(entry.pools, 0),
    })),
    plans: Object.entries(config.plans).map(([plan, entry]) => ({
      plan,
      policy: entry.split ? 'split' : 'grant',
      basis: entry.split?.of ?? null,
      price: entry.price ?? null,
      shares: pools.map(pool => ({
        pool: pool.name,
        credits: entry.grant?.[pool.name] ?? 0,
        weight: Math.round((entry.split?.weights[pool.name] ?? 0) * 10_000),
        floor: entry.split?.floors[pool.name] ?? 0,
      })),
    })),
    planValues: planValues(config),
    assignments: Object.entries(config.assignments.organizations).map(([organization, plan]) => ({
      organization,
      plan: plan === 'skip' ? null : plan,
    })),
    policies: Object.entries({ ...config.policies, unknown: config.assignments.unknown ?? 'conflict' }).map(
      ([policy, value]) => ({ policy, value }),
    ),
    initial: added.length === Object.keys(config.pools).length,
    logSchema: parseQualified(log.table).schema,
    balancesSchema: parseQualified(balances.table).schema,
    documentedIndexes: config.indexes === 'documented',
  };
}

function poolModel(config: Config, name: string, pool: Config['pools'][string], index: number) {
  return {
    name,
    label: pool.label ?? name,
    purpose: pool.purpose,
    provider: pool.provider,
    position: index + 1,
    first: index === 0,
    legacyValue: pool.legacyValue,
    enabled: pool.enabled,
    type: new Fragment(config.balances.poolType),
    available: `${name}_credits_available`,
    total: `${name}_credits_total`,
    limit: `${name}_credits_within_total`,
    required: `${name}_credits_required`,
    documentedIndex: `creditshift_balances_${name}`,
    consumed: `${name}_credits_consumed`,
    after: `${name}_credits_after`,
    cost: `v_cost_${name}`,
    left: `v_left_${name}`,
    allocation: {
      before: `${name}_before`,
      granted: `${name}_granted`,
      forfeited: `${name}_forfeited`,
      after: `${name}_after`,
    },
  };
}

function membershipModel(config: Config) {
  if (!('membership' in config.functions.caller)) return null;
  const membership = config.functions.caller.membership;
  return { ...membership, table: parseQualified(membership.table) };
}

function parametersOf(config: Config, facts: Facts): Parameter[] {
  const legacy = facts.consume.parameters.map(p => ({ ...p, type: new Fragment(p.type), fallback: new Fragment('') }));
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

/** Value of the plan column → plan, or null for skip; the empty string stands for "no plan". */
export function planValues(config: Config): { value: string; plan: string | null }[] {
  const values = new Map(Object.keys(config.plans).map(plan => [plan, plan]));
  for (const [value, plan] of Object.entries(config.assignments.values)) values.set(value, plan);
  if (config.assignments.none) values.set('', config.assignments.none);
  return [...values].map(([value, plan]) => ({ value, plan: plan === 'skip' ? null : plan }));
}

/** Expressions that a column's absence turns into a constant. */
function expressionsOf(config: Config, balances: Config['balances'], legacyColumns: 'kept' | 'retired' | 'dropped') {
  const column = (row: string, name: string | undefined) =>
    new Fragment(name ? `${row}.${quoteIdentifier(name)}` : 'null::numeric');
  const consume = config.functions.consume;
  const nothing = new Fragment('null::numeric');
  const legacy = {
    kept: { total: column('v_row', balances.legacy.total), balance: column('v_row', balances.legacy.balance) },
    retired: {
      total: column('v_row', balances.legacy.total && `${balances.legacy.total}_retired`),
      balance: column('v_row', `${balances.legacy.balance}_retired`),
    },
    dropped: { total: nothing, balance: nothing },
  };
  return {
    expressions: {
      consume: {
        organization: new Fragment(quoteIdentifier(consume.organization)),
        action: new Fragment(quoteIdentifier(consume.action)),
        quantity: new Fragment(quoteIdentifier(consume.quantity ?? 'p_quantity')),
        user: new Fragment('p_user_id'),
        idempotencyKey: new Fragment('p_idempotency_key'),
        metadata: new Fragment('p_metadata'),
      },
      specific: {
        organization: new Fragment('p_organization_id'),
        action: new Fragment("p_pool || '_consumption'"),
        quantity: new Fragment('p_credits'),
        user: new Fragment('null'),
        idempotencyKey: new Fragment('null'),
        metadata: new Fragment(
          "case when p_description is not null then jsonb_build_object('description', p_description) end",
        ),
      },
    },
    legacy: legacy[legacyColumns],
    ...legacy,
    page: { total: column('b', balances.legacy.total), balance: column('b', balances.legacy.balance) },
    rule: {
      value: new Fragment(balances.plan ? `b.${quoteIdentifier(balances.plan)}::text` : 'null::text'),
      active: new Fragment(balances.active ? `b.${quoteIdentifier(balances.active)}` : 'null::boolean'),
      trial: new Fragment(balances.trial ? `b.${quoteIdentifier(balances.trial)}` : 'null::boolean'),
    },
    writes: {
      totalBefore: column('old', balances.legacy.total),
      totalAfter: column('new', balances.legacy.total),
      planBefore: new Fragment(balances.plan ? `old.${quoteIdentifier(balances.plan)}` : 'null'),
      planAfter: new Fragment(balances.plan ? `new.${quoteIdentifier(balances.plan)}` : 'null'),
    },
  };
}

/** Every function of step 050 with its argument types; `callers` are the roles the cutover lets in. */
function functionsOf(config: Config, facts: Facts) {
  const { execute, actForAll } = config.functions;
  const consume = parseQualified(config.functions.consume.legacy.replace(/\(.*$/s, '')).name;
  const consumeTypes = parametersOf(config, facts)
    .map(p => p.type.text)
    .join(', ');
  const functions: { name: string; types: string; callers?: string[] }[] = [
    { name: consume, types: consumeTypes, callers: execute },
    { name: 'consume_specific_credits', types: `${facts.keyType}, text, bigint, text`, callers: actForAll },
    { name: 'get_available_credits', types: `${facts.keyType}, text`, callers: execute },
    { name: 'allocate_plan_credits', types: `${facts.keyType}, text`, callers: actForAll },
    { name: 'plan_of', types: facts.keyType },
    { name: 'rule', types: `${facts.keyType}, text, boolean, boolean` },
    { name: 'entitlement', types: 'text, numeric, numeric' },
    { name: 'allocate', types: `${facts.keyType}, text, text, text, boolean, text[]` },
    { name: 'allocate_by_rule', types: facts.keyType },
    { name: 'catch_up', types: 'xid8, integer' },
    { name: 'on_new_organization', types: '' },
    { name: 'on_legacy_write', types: '' },
  ];
  return functions.map(f => ({
    ...f,
    types: new Fragment(f.types),
    exposed: f.callers !== undefined,
    callers: f.callers ?? [],
  }));
}

function retiredColumns(config: Config) {
  const { balance, total, used, others } = config.balances.legacy;
  return [balance, total, used, ...others]
    .filter(column => column !== undefined)
    .map(column => ({ column, retired: `${column}_retired` }));
}
