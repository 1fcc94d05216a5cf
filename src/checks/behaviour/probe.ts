import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Model } from '../../config/model.ts';
import { quoteIdentifier as q, quoteText } from '../../config/names.ts';
import type { Transaction } from '../../database/connect.ts';
import { sqlstate } from '../../database/errors.ts';
import type { Subject, Violations } from '../check.ts';
import { listed } from '../violations.ts';

/** The consume function's answer, or `{ raised, message }`. */
export type Answer = Record<string, unknown> | null;
export type Catalogued = Model['catalogue'][number];

/** Arguments of a call of the consume function; what is left out takes its default. */
export interface Call {
  organization?: string;
  action: string | null;
  quantity?: number | null;
  key?: string;
}

/** Tries the functions on one organization, with balances of its own making, and notes what is not as it should be. */
export class Probe {
  readonly model: Model;
  readonly tx: Transaction;
  readonly organization: string;
  /** A key that no organization has. */
  readonly unknown: string;
  private readonly faults: string[] = [];

  constructor(model: Model, tx: Transaction, organization: string) {
    this.model = model;
    this.tx = tx;
    this.organization = organization;
    this.unknown = /int/.test(model.key.text) ? '-32767' : randomUUID();
  }

  get violations(): Violations {
    return listed(this.faults);
  }

  /** Notes a difference; keys and numbers count, the order of keys does not. */
  expect(what: string, found: unknown, expected: unknown): void {
    if (isDeepStrictEqual(found, expected)) return;
    this.faults.push(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  }

  /** Expects some keys of an answer, and lets others be there. */
  expectAnswer(what: string, answer: Answer, expected: Record<string, unknown>): void {
    const named = answer && Object.fromEntries(Object.keys(expected).map(key => [key, answer[key]]));
    this.expect(what, isDeepStrictEqual(named, expected) ? named : answer, expected);
  }

  async query<T extends object>(text: string, parameters: readonly unknown[] = []): Promise<T[]> {
    return [...(await this.tx.unsafe<T[]>(text, parameters as string[]))];
  }

  /** Gives the organization these credits in each pool, available and total alike. */
  async fill(credits: readonly number[]): Promise<void> {
    const { balances, pools } = this.model;
    const sets = pools.flatMap((pool, i) => [
      `${q(pool.total)} = $${i + 2}`,
      `${q(pool.counter)} = ${pool.countsDown ? `$${i + 2}` : 0}`,
    ]);
    await this.query(`update ${balances.table} set ${sets.join(', ')} where ${q(balances.owner)} = $1`, [
      this.organization,
      ...credits,
    ]);
  }

  /** Gives the organization a plan's credits as an entry of the ledger, whether or not it has any, and nothing beside them. */
  async allocate(): Promise<void> {
    const { plans, pools } = this.model;
    await this.query(`select creditshift.allocate($1, $2, 'plan change', 'probe', false)`, [
      this.organization,
      plans[0]?.plan,
    ]);
    const extras = pools.map(pool => `${q(pool.allocation.extra)} = 0`).join(', ');
    await this.query(`update creditshift.allocations set ${extras} where organization = $1`, [this.organization]);
  }

  /** Available credits by pool, and the counter. */
  async balance(): Promise<{ available: number[]; sequence: number }> {
    const { balances, pools } = this.model;
    const [row] = await this.query<{ available: number[]; sequence: number }>(
      `select json_build_array(${pools.map(p => p.available.b).join(', ')}) as available, last_sequence as sequence
         from ${balances.table} as b where ${q(balances.owner)} = $1`,
      [this.organization],
    );
    if (!row) throw new Error('the organization of the probe is gone');
    return row;
  }

  /** A call of the consume function as an application writes it: an expression, and its values. */
  private callOf(call: Call): { text: string; values: unknown[] } {
    const passed = this.argumentsOf(call);
    return {
      text: this.callWith(passed.map((p, i) => `${p.name} => $${i + 1}::${p.type}`)),
      values: passed.map(p => p.value),
    };
  }

  /** The same with the values in it. */
  literalCall(call: Call): string {
    const literal = (value: unknown) => (value === null ? 'null' : quoteText(String(value)));
    return this.callWith(this.argumentsOf(call).map(p => `${p.name} => ${literal(p.value)}::${p.type}`));
  }

  private callWith(list: readonly string[]): string {
    const { home, consume } = this.model.functions;
    return `${q(home)}.${q(consume.name)}(${list.join(', ')})`;
  }

  private argumentsOf(call: Call): { name: string; type: string; value: unknown }[] {
    const { consume } = this.model.functions;
    const given = new Map<string, unknown>([
      [consume.organization, call.organization ?? this.organization],
      [consume.action, call.action],
      ...('quantity' in call ? ([[consume.quantity, call.quantity]] as const) : []),
      ...(call.key === undefined ? [] : ([['p_idempotency_key', call.key]] as const)),
    ]);
    // A legacy parameter without a default that creditshift has no use for gets null, a quantity 1.
    const needed = (p: (typeof consume.parameters)[number]) =>
      p.fallback.text === '' || (p.name === consume.quantity && p.fallback.text !== ' default 1');
    return consume.parameters
      .filter(p => given.has(p.name) || needed(p))
      .map(p => ({
        name: q(p.name),
        type: p.type.toString(),
        value: given.has(p.name) ? given.get(p.name) : p.name === consume.quantity ? 1 : null,
      }));
  }

  /** Calls the consume function as an application does. */
  async consume(call: Call): Promise<Answer> {
    const { text, values } = this.callOf(call);
    return (await this.attempt(`select ${text} as answer`, values)) as Answer;
  }

  /** Calls one of the helper functions with arguments of these types. */
  call(name: string, types: readonly string[], values: readonly unknown[]): Promise<unknown> {
    const list = types.map((type, i) => `$${i + 1}::${type}`).join(', ');
    return this.attempt(`select ${q(this.model.functions.home)}.${q(name)}(${list}) as answer`, values);
  }

  /** The one answer of a select. An exception is an answer too, `{ raised: code, message }`; a lock not to be had is not. */
  private async attempt(text: string, values: readonly unknown[]): Promise<unknown> {
    try {
      return await this.tx.savepoint(async tx => {
        const [row] = await tx.unsafe<{ answer: unknown }[]>(text, values as string[]);
        return row?.answer;
      });
    } catch (error) {
      const state = sqlstate(error);
      if (state === undefined || /^(40|55|57)/.test(state)) throw error;
      const { hint, message } = error as { hint?: string; message: string };
      return { raised: hint ?? state, message };
    }
  }

  /** Expects an exception with this code. */
  async expectRaised(
    what: string,
    code: string,
    name: string,
    types: readonly string[],
    values: readonly unknown[],
  ): Promise<void> {
    const answer = await this.call(name, types, values);
    this.expect(what, (answer as { raised?: string } | undefined)?.raised ?? answer, code);
  }

  /** The organization's refusals in the log. */
  async refusals(): Promise<number> {
    const { log } = this.model;
    const [row] = await this.query<{ count: number }>(
      `select count(*)::integer as count from ${log.table} where ${q(log.owner)} = $1 and success is false`,
      [this.organization],
    );
    return row?.count ?? 0;
  }
}

/**
 * Runs a probe on an organization that was idle for long, whose row it locks; the caller's transaction is rolled back.
 * Charging counts as live in it, so that the functions are proved before the cutover lets anyone call them.
 */
export async function probe(
  { sql, model }: Pick<Subject, 'sql' | 'model'>,
  body: (probe: Probe) => Promise<void>,
): Promise<Violations> {
  const tx = sql as Transaction;
  const subject = new Probe(model, tx, await pickOrganization(tx, model));
  await tx`update creditshift.control set mode = 'live' where mode <> 'live'`;
  await body(subject);
  return subject.violations;
}

/** A key that no organization has. */
const unknownKey = (model: Model): string => (/int/.test(model.key.text) ? '-32768' : randomUUID());

async function pickOrganization(tx: Transaction, model: Model): Promise<string> {
  const { balances, tenants } = model;
  const owner = q(balances.owner);
  const pick = `
    select b.${owner}::text as key from ${balances.table} as b
     where b.${owner} in (select c.${owner} from ${balances.table} as c limit 1000)
     order by b.last_updated nulls first limit 1 for no key update of b skip locked`;
  const [idle] = await tx.unsafe<{ key: string }[]>(pick);
  if (idle) {
    // What would fail at the commit of a charge has to fail here, where nothing is ever committed.
    await tx`set constraints all immediate`;
    return idle.key;
  }
  const [made] = await tx.unsafe<{ key: string }[]>(`
    insert into ${balances.table} (${owner})
    select o.${q(tenants.key)} from ${tenants.table} as o
     where not exists (select from ${balances.table} as b where b.${owner} = o.${q(tenants.key)}) limit 1
    returning ${owner}::text as key`);
  if (made) return made.key;
  const key = unknownKey(model);
  await tx.unsafe(`insert into ${balances.table} (${owner}) values ($1)`, [key]);
  return key;
}
