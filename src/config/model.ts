import type { Facts } from '../database/facts.ts';
import { expressionsOf } from './expressions.ts';
import { isMade } from './found-or-made.ts';
import { functionsOf, parametersOf } from './functions.ts';
import { legacyModel } from './legacy.ts';
import { Fragment, parseQualified, quoteLiteral } from './names.ts';
import { poolModel } from './pool.ts';
import type { Config } from './schema.ts';
import { shimsOf } from './shims.ts';
import { creditsOf, termsOf, usedShares, windowsOf } from './terms.ts';

/** What templates and checks see: every name and type of the target, whole. Built from plain data only. */
export type Model = ReturnType<typeof buildModel>;
export type PoolModel = Model['pools'][number];

/** What a rendering depends on besides configuration and catalog: how far the database has come. */
export interface Phase {
  /** Pools whose columns are still to be made: all at first, the new ones in a later revision. */
  added?: readonly string[];
  /** The cutover has moved the public functions to where callers look. */
  live?: boolean;
  /** The log has the columns of the migration. */
  logExpanded?: boolean;
  /** Days whose use is recorded. */
  measured?: readonly number[];
  /** What has become of the legacy columns. */
  legacyColumns?: 'kept' | 'retired' | 'dropped';
}

/** Builds the model of a configuration on a database in a phase; a fresh migration by default. */
export function buildModel(config: Config, facts: Facts, phase: Phase = {}) {
  const added = phase.added ?? Object.keys(config.pools);
  const { balances, log, actions } = config;
  const exposed = parseQualified(config.functions.consume.name);
  const max = balances.poolType === 'integer' ? 2_147_483_647 : '9223372036854775807';
  const pools = Object.entries(config.pools).map(([name, pool], index) => poolModel(config, name, pool, index));
  const withPoolList = <T>(record: Record<string, T> | undefined, fallback: T) =>
    pools.map(pool => ({ pool: pool.name, value: record?.[pool.name] ?? fallback }));

  return {
    key: new Fragment(facts.keyType),
    poolType: new Fragment(balances.poolType),
    poolMax: new Fragment(String(max)),
    legacyType: new Fragment(facts.legacyType),
    // Holds the sum over pools of what they can hold; bigint costs a charge less.
    chargedType: new Fragment(balances.poolType === 'integer' ? 'bigint' : 'numeric'),
    userType: new Fragment(facts.userType),
    metadataType: new Fragment(facts.metadataType),
    logMax: new Fragment(facts.logCapped ? '2147483647' : '9223372036854775807'),
    tenants: { table: parseQualified(config.tenants.table), key: config.tenants.key, name: config.tenants.name },
    balances: {
      table: parseQualified(balances.table),
      role: facts.balancesOwner,
      owner: balances.owner,
      plan: balances.plan ?? null,
      ...legacyModel(balances.legacy),
      // The columns that the toolkit adds, as a text[].
      added: new Fragment(
        `array[${[...pools.flatMap(p => [p.counter, p.total]), 'last_sequence', 'last_updated'].map(quoteLiteral).join(', ')}]`,
      ),
      retired: retiredColumns(config),
      // Generated columns go before the columns they are made from.
      dropOrder: retiredColumns(config).reverse(),
    },
    actions: {
      made: isMade(actions),
      table: parseQualified(actions.table),
      action: actions.action,
      cost: actions.cost,
      description: actions.description ?? null,
    },
    log: {
      ...log,
      made: isMade(log),
      columns: logColumns(log),
      table: parseQualified(log.table),
      ledger: ledgerColumns(config, pools),
    },
    functions: {
      schema: exposed.schema,
      home: phase.live ? exposed.schema : 'creditshift',
      execute: config.functions.execute,
      actForAll: config.functions.actForAll,
      // Roles of the tenants' own users.
      tenants: config.functions.execute.filter(role => !config.functions.actForAll.includes(role)),
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
      shims: shimsOf(config, facts),
    },
    ...expressionsOf(config, balances, phase.legacyColumns ?? 'kept'),
    live: phase.live ?? false,
    legacyColumns: phase.legacyColumns ?? 'kept',
    internalFunctions: functionsOf(config, facts),
    pools,
    added: pools.filter(pool => added.includes(pool.name)),
    catalogue: Object.entries(config.catalogue).map(([action, entry]) => ({
      action,
      legacyCost: entry.legacyCost ?? 0,
      description: entry.description ?? null,
      required: withPoolList(entry.pools, 0),
    })),
    plans: Object.entries(config.plans).map(([plan, entry]) => termsOf(plan, entry, pools, max)),
    ...usageOf(config, pools, phase),
    // What no other configuration pays for in the pages of the allocation.
    carries: Object.values(config.plans).some(plan => plan.carry),
    overrides: Object.entries(config.assignments.overrides).flatMap(([organization, credits]) =>
      Object.entries(credits).map(([pool, amount]) => ({ organization, pool, credits: creditsOf(amount, max) })),
    ),
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

/** Columns of the log that the configuration names. */
const logColumns = (log: Config['log']): string[] => [
  ...[log.owner, log.action, log.consumed, log.before, log.after, log.outcome],
  ...[log.user, log.metadata, log.at],
];

/** What the policy `usage` reads of the log, once for each number of days; nothing where no plan has it. */
function usageOf(config: Config, pools: readonly { name: string }[], { measured = [], logExpanded = false }: Phase) {
  const days = windowsOf(config);
  return {
    usages: days.length > 0,
    measured,
    windows: days.filter(d => !measured.includes(d)).map(d => ({ days: d, spent: `spent_${d}` })),
    longest: days.at(-1) ?? 0,
    usedShares: days.length > 0 ? usedShares(config, pools) : [],
    usageLog: usageLogOf(config),
    // Entries of the migration say their legacy cost beside what they took from pools.
    logExpanded: logExpanded && !config.legacyLog,
  };
}

const usageLogOf = ({ log, legacyLog }: Config) => {
  const { table, owner, action, consumed, at } = legacyLog ?? log;
  return { table: parseQualified(table), owner, action, consumed, at, outcome: legacyLog ? null : log.outcome };
};

/** Columns of the log that the ledger is made of: of an entry they never change. */
function ledgerColumns({ log }: Config, pools: readonly { consumed: string; after: string }[]): string[] {
  return [
    ...[log.owner, log.action, log.consumed, log.before, log.after, log.outcome, log.at],
    ...['sequence', 'quantity', 'success', 'idempotency_key', 'legacy_delta'],
    ...pools.flatMap(pool => [pool.consumed, pool.after]),
  ];
}

function membershipModel(config: Config) {
  if (!('membership' in config.functions.caller)) return null;
  const membership = config.functions.caller.membership;
  return { ...membership, table: parseQualified(membership.table) };
}

/** Value of the plan column → plan, or null for skip; the empty string stands for "no plan". */
export function planValues(config: Config): { value: string; plan: string | null }[] {
  const values = new Map(Object.keys(config.plans).map(plan => [plan, plan]));
  for (const [value, plan] of Object.entries(config.assignments.values)) values.set(value, plan);
  if (config.assignments.none) values.set('', config.assignments.none);
  return [...values].map(([value, plan]) => ({ value, plan: plan === 'skip' ? null : plan }));
}

function retiredColumns(config: Config) {
  const { balance, total, used, others } = config.balances.legacy;
  return [balance, total, used, ...others]
    .filter(column => column !== undefined)
    .map(column => ({ column, retired: `${column}_retired` }));
}
