import { previewOf } from '../allocation/preview.ts';
import type { Model } from '../config/model.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import { type Call, readCalls, type Source } from './calls.ts';
import { type Cause, causeOf, type Decision, decide, type Purse, purseOf } from './pools.ts';
import { readPrices } from './prices.ts';

/** One call that the two functions decide differently. */
export interface Example {
  organization: string | null;
  name: string | null;
  /** ISO 8601, UTC. */
  at: string;
  quantity: string | null;
  legacy: 'allowed' | 'refused';
  /** The first pool that has too little, where the new function refuses for that. */
  short?: { pool: string; required: bigint; available: bigint };
}

/** Calls that are decided differently for one cause: how many, and the first of them. */
export interface Disagreement {
  cause: Cause;
  calls: number;
  examples: Example[];
}

export interface ActionResult {
  /** Null for calls that name none. */
  action: string | null;
  calls: number;
  agreed: number;
  /** Whether the legacy function allowed them is not known. */
  unjudged: number;
  disagreements: Disagreement[];
}

export interface Comparison {
  calls: number;
  agreed: number;
  unjudged: number;
  /** Of the first and the last call, ISO 8601, UTC. */
  first: string | null;
  last: string | null;
  actions: ActionResult[];
}

/** Examples of a disagreement. */
const SHOWN = 5;
/** Actions that are counted one by one; callers can make up any number of others. */
const ACTIONS = 1000;
const OTHERS = '(further actions)';

/**
 * Decides every call once more as the new function would, on pools that are charged in memory only, and says where the
 * decisions differ. A refused call spends nothing, so the order of an organization's calls counts.
 */
export async function compare(
  sql: Queryable,
  config: Config,
  model: Model,
  source: Source,
  between: () => void,
): Promise<Comparison> {
  const prices = await readPrices(sql, model, source.allocated);
  const most = BigInt(model.poolMax.text);
  const total: Omit<Comparison, 'actions'> = { calls: 0, agreed: 0, unjudged: 0, first: null, last: null };
  const actions = new Map<string | null, ActionResult>();
  let organization: string | null | undefined;
  let purse: Purse | undefined;
  for await (const calls of readCalls(sql, model, source)) {
    between();
    for (const call of calls) {
      if (call.organization !== organization) {
        organization = call.organization;
        purse = purseOfCall(call, config, model, source.allocated);
      }
      const quantity = call.quantity === null ? null : BigInt(call.quantity);
      const decision = decide(purse, prices.get(call.action ?? ''), quantity, most);
      count(total, actions, call, decision, model);
    }
  }
  return { ...total, actions: [...actions.values()].sort((a, b) => b.calls - b.agreed - (a.calls - a.agreed)) };
}

/** What the organization's pools begin with: what they were given, or what a migration would give them now. */
function purseOfCall(call: Call, config: Config, model: Model, allocated: boolean): Purse | undefined {
  const made = !allocated && config.policies.withoutCredits === 'create' && call.listed;
  if (!call.balanced && !made) return undefined;
  return purseOf(allocated ? call.available.map(BigInt) : previewOf(call, config, model).pools);
}

function count(
  total: Omit<Comparison, 'actions'>,
  actions: Map<string | null, ActionResult>,
  call: Call,
  decision: Decision,
  model: Model,
): void {
  const of = resultFor(actions, call.action);
  for (const sum of [total, of]) sum.calls += 1;
  if (total.first === null || call.at < total.first) total.first = call.at;
  if (total.last === null || call.at > total.last) total.last = call.at;
  if (call.allowed === null) {
    for (const sum of [total, of]) sum.unjudged += 1;
    return;
  }
  const cause = causeOf(call.allowed, decision);
  if (cause === undefined) {
    for (const sum of [total, of]) sum.agreed += 1;
    return;
  }
  const known = of.disagreements.find(d => d.cause === cause);
  const disagreement: Disagreement = known ?? { cause, calls: 0, examples: [] };
  if (!known) of.disagreements.push(disagreement);
  disagreement.calls += 1;
  if (disagreement.examples.length < SHOWN) disagreement.examples.push(exampleOf(call, decision, model));
}

function resultFor(actions: Map<string | null, ActionResult>, action: string | null): ActionResult {
  const name = actions.has(action) || actions.size < ACTIONS ? action : OTHERS;
  const known = actions.get(name);
  if (known) return known;
  const result = { action: name, calls: 0, agreed: 0, unjudged: 0, disagreements: [] };
  actions.set(name, result);
  return result;
}

function exampleOf(call: Call, { short }: Decision, model: Model): Example {
  const { organization, name, at, quantity } = call;
  const example = { organization, name, at, quantity, legacy: call.allowed ? 'allowed' : 'refused' } as const;
  if (!short) return example;
  return { ...example, short: { ...short, pool: model.pools[short.pool]?.name ?? '' } };
}
