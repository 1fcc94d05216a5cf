import { chargeable, legacyCall } from '../backup/charge.ts';
import { rolledBack } from '../checks/isolation.ts';
import {
  type Measured,
  OPERATION_NAMES,
  type OperationName,
  type Performance,
  percentiles,
  warmOf,
} from '../checks/performance/measured.ts';
import { balanceQuery, logInsert, type Operation, rowSecurityRead } from '../checks/performance/operations.ts';
import type { Model } from '../config/model.ts';
import { quoteText } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import type { Sql, Transaction } from '../database/connect.ts';
import { sqlstate } from '../database/errors.ts';
import type { Facts } from '../database/facts.ts';
import { stands } from '../database/standing.ts';
import { type Timed, timings } from '../database/timings.ts';

/** A database that nothing was migrated in. */
export interface Unmigrated {
  sql: Sql;
  config: Config;
  facts: Facts;
  model: Model;
}

/** Calls in a session that made one already; and sessions of which the first call counts. */
const WARM = 200;
const COLD = 5;
/** After which a session makes no further call. */
const SECONDS = 5;

/**
 * Measures what the checks of `performance` compare with. Each call is undone at once, in a transaction that is rolled
 * back; what cannot be measured says why.
 * @param tell told before each
 * @param fresh opens a session that did nothing yet; absent behind a pooler, which has no such
 */
export async function measure(
  subject: Unmigrated,
  fresh: (() => Promise<Sql>) | undefined,
  tell?: (operation: OperationName) => void,
): Promise<Performance> {
  const found: [OperationName, Measured][] = [];
  for (const name of OPERATION_NAMES) {
    tell?.(name);
    found.push([name, await measureOne(subject, name, fresh)]);
  }
  return Object.fromEntries(found) as Performance;
}

async function measureOne(
  subject: Unmigrated,
  name: OperationName,
  fresh: (() => Promise<Sql>) | undefined,
): Promise<Measured> {
  try {
    const operation = await rolledBack(subject.sql, tx => BEFORE[name](tx, subject));
    if (typeof operation === 'string') return { notMeasured: operation };
    const warm = warmOf(await rolledBack(subject.sql, tx => sample(tx, operation, 1 + WARM)));
    const cold: number[] = [];
    for (let n = 0; fresh && n < COLD; n++) cold.push(...(await coldCall(fresh, operation)));
    return { warm: percentiles(warm), cold: fresh ? percentiles(cold) : null };
  } catch (error) {
    const state = sqlstate(error);
    // A connection or a server that is gone is no finding.
    if (state === undefined || /^(08|57P)/.test(state)) throw error;
    return { notMeasured: (error as Error).message };
  }
}

const sample = async (tx: Transaction, operation: Timed, samples: number): Promise<number[]> =>
  (await timings(tx, operation, samples, SECONDS)).milliseconds;

async function coldCall(fresh: () => Promise<Sql>, operation: Timed): Promise<number[]> {
  const sql = await fresh();
  try {
    return await rolledBack(sql, tx => sample(tx, operation, 1));
  } finally {
    await sql.end({ timeout: 2 });
  }
}

/** The operations as they are before the migration. */
const BEFORE: Record<OperationName, (tx: Transaction, subject: Unmigrated) => Promise<Operation>> = {
  charge: async (tx, { config, facts }) => {
    if (config.functions.consume.legacy === undefined) return 'no function charges yet';
    const found = await chargeable(tx, config);
    if (!found?.payable) return UNPAYABLE;
    const of = { organization: quoteText(found.organization), action: quoteText(found.action) };
    return { statement: `select ${legacyCall(config, facts, of)} as answer` };
  },
  balanceQuery: async (tx, { config, model }) => {
    const found = await chargeable(tx, config);
    return found ? balanceQuery(model, [model.balances.value.b.text], found.organization) : UNPAYABLE;
  },
  logInsert: async (tx, { config, model }) => {
    if (!(await stands(tx, model.log.table))) return 'there is no log yet';
    const found = await chargeable(tx, config);
    return found ? logInsert(model, found.organization, found.action) : UNPAYABLE;
  },
  rowSecurityRead: (tx, { model }) => rowSecurityRead(tx, model, [model.balances.value.b.text]),
};

const UNPAYABLE = 'no organization can pay for any action';
