import type { Model } from '../config/model.ts';
import { quoteIdentifier as q } from '../config/names.ts';
import { connect, type Sql, type Target } from '../database/connect.ts';
import { consumeCall } from './charges.ts';

/** Clients that charge at once, each on a connection of its own. */
const CLIENTS = 16;
/** Charges of one organization, and of each of the others: enough that any two clients meet often. */
const ONE = 64;
const OTHERS = 16;
/** Organizations that are charged at once. */
const SEVERAL = 4;

/** An organization that can pay for so many charges of `action`, by its pools and with its legacy balance to settle them. */
interface Payer {
  organization: string;
  action: string;
  calls: number;
}

/** So many clients charged so often, in so long, the slowest charge included. */
export interface Pace {
  clients: number;
  organizations: number;
  charges: number;
  seconds: number;
  slowestMilliseconds: number;
}

/** What came of it; no pace where nothing could be charged. */
export interface AtOnce {
  faults: string[];
  skipped: string[];
  pace: Pace | null;
}

/** What the balance and the log of an organization say. */
interface Books {
  available: string[];
  sequence: string;
  charges: number;
}

/**
 * Charges one organization from 16 clients at once, and others beside it, then one idempotency key from all of them:
 * every charge counts once, and none fails. What is not so is a fault.
 */
export async function chargeAtOnce(sql: Sql, target: Target, model: Model): Promise<AtOnce> {
  const payers = await findPayers(sql, model);
  const [first] = payers;
  if (!first) return impossible('no organization can pay for a few');
  const clients = await openClients(target);
  try {
    if (clients.length < 2) return impossible('the server has no room for two clients');
    const before = await booksOf(sql, model, payers);
    const shared = await sameKey(clients, model, first);
    const { refused, ...pace } = await inTurn(clients, model, payers);
    const after = await booksOf(sql, model, payers);
    const wrong = payers.flatMap((payer, i) => {
      const charges = payer.calls + (payer === first ? 1 : 0);
      return differences(payer, charges, model, before[i], after[i]);
    });
    return {
      faults: [...shared, ...refused, ...wrong],
      skipped: [],
      pace: { clients: clients.length, organizations: payers.length, ...pace },
    };
  } finally {
    await Promise.all(clients.map(client => client.end({ timeout: 2 })));
  }
}

const impossible = (why: string): AtOnce => ({ faults: [], skipped: [`charges at once: ${why}`], pace: null });

/** The richest organizations, for the action that is cheapest in legacy credits: a way back is to settle all of it. */
async function findPayers(sql: Sql, model: Model): Promise<Payer[]> {
  const { balances, actions } = model;
  const price = `coalesce(a.${q(actions.cost)}, 0)`;
  const affordable = model.pools.map(
    pool => `coalesce(${pool.available.b} / nullif(a.${q(pool.required)}, 0), ${4 * ONE})`,
  );
  // A quarter of either is enough to be left for whatever else is rehearsed.
  return sql.unsafe<Payer[]>(`
    with action as (
      select a.* from ${actions.table} as a
       where ${model.pools.map(pool => `a.${q(pool.required)}`).join(' + ')} > 0
       order by ${price}, a.${q(actions.action)} limit 1
    ), payer as (
      select b.${q(balances.owner)}::text as organization, a.${q(actions.action)}::text as action,
             least(${affordable.join(', ')}, floor(${balances.value.b} / nullif(${price}, 0))) / 4 as calls
        from ${balances.table} as b cross join action as a
       order by 3 desc, 1 limit ${SEVERAL}
    )
    select organization, action, least(floor(calls), case row_number() over (order by calls desc, organization) when 1 then ${ONE} else ${OTHERS} end)::integer as calls
      from payer where calls >= 2 order by calls desc, organization`);
}

/** As many of them as the server has room for. */
async function openClients(target: Target): Promise<Sql[]> {
  const opened = Array.from({ length: CLIENTS }, () => connect(target, 'creditshift client', 1));
  return (await Promise.allSettled(opened)).flatMap(client =>
    client.status === 'fulfilled' ? [client.value.sql] : [],
  );
}

/** All clients with one key: the same answer for each. Faults. */
async function sameKey(clients: readonly Sql[], model: Model, { organization, action }: Payer): Promise<string[]> {
  const call = consumeCall(model, { key: true });
  const answers = await Promise.all(
    clients.map(client => answerOf(client, call, [organization, action, 1, 'creditshift dry-run'])),
  );
  const different = [...new Set(answers)];
  return different.length === 1 && isSuccess(different[0])
    ? []
    : [
        `${organization}: ${clients.length} clients with one idempotency key were answered ${different.slice(0, 3).join(' and ')}`,
      ];
}

/** Every client takes the next call until none is left; calls of one organization lie close together. */
async function inTurn(clients: readonly Sql[], model: Model, payers: readonly Payer[]) {
  const call = consumeCall(model);
  const calls = Array.from({ length: ONE }, (_, n) => payers.filter(payer => n < payer.calls)).flat();
  const [charges, began] = [calls.length, performance.now()];
  let slowest = 0;
  const refused = new Set<string>();
  await Promise.all(
    clients.map(async client => {
      for (let next = calls.pop(); next; next = calls.pop()) {
        const asked = performance.now();
        const answer = await answerOf(client, call, [next.organization, next.action, 1]);
        slowest = Math.max(slowest, performance.now() - asked);
        if (!isSuccess(answer)) refused.add(`${next.organization}: a charge among others was answered ${answer}`);
      }
    }),
  );
  return {
    refused: [...refused].slice(0, 3),
    charges,
    seconds: Math.round(performance.now() - began) / 1000,
    slowestMilliseconds: Math.round(slowest * 10) / 10,
  };
}

/** The answer as text, or the error. */
async function answerOf(client: Sql, call: string, values: (string | number)[]): Promise<string> {
  try {
    const [row] = await client.unsafe<{ answer: string }[]>(`select (${call})::text as answer`, values);
    return row?.answer ?? 'null';
  } catch (error) {
    return (error as Error).message;
  }
}

function isSuccess(answer: string | undefined): boolean {
  try {
    return JSON.parse(answer ?? 'null')?.success === true;
  } catch {
    return false;
  }
}

async function booksOf(sql: Sql, model: Model, payers: readonly Payer[]): Promise<Books[]> {
  const { balances, log, pools } = model;
  return sql.unsafe<Books[]>(
    `select json_build_array(${pools.map(pool => `${pool.available.b}::text`).join(', ')}) as available,
            b.last_sequence::text as sequence,
            (select count(*) from ${log.table} as l where l.${q(log.owner)} = b.${q(balances.owner)} and l.success)::integer as charges
       from unnest($1::text[]) with ordinality as p (organization, place)
       join ${balances.table} as b on b.${q(balances.owner)}::text = p.organization
      order by p.place`,
    [payers.map(payer => payer.organization)],
  );
}

/** What so many charges should have made of the books, against what they made. */
function differences(
  { organization, action }: Payer,
  charges: number,
  model: Model,
  before: Books | undefined,
  after: Books | undefined,
): string[] {
  const required = model.catalogue.find(entry => entry.action === action)?.required ?? [];
  const faults: string[] = [];
  const expect = (what: string, found: bigint, expected: bigint) => {
    if (found !== expected)
      faults.push(`${organization}: ${what} ${found} after ${charges} charges at once, expected ${expected}`);
  };
  for (const [i, pool] of model.pools.entries()) {
    const spent = BigInt(required[i]?.value ?? 0) * BigInt(charges);
    expect(`${pool.name} credits`, BigInt(after?.available[i] ?? 0), BigInt(before?.available[i] ?? 0) - spent);
  }
  expect('last_sequence', BigInt(after?.sequence ?? 0), BigInt(before?.sequence ?? 0) + BigInt(charges));
  expect('charges in the log', BigInt(after?.charges ?? 0), BigInt((before?.charges ?? 0) + charges));
  return faults;
}
