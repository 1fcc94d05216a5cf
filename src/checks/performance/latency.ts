import type { Model } from '../../config/model.ts';
import { quoteIdentifier } from '../../config/names.ts';
import type { Queryable, Transaction } from '../../database/connect.ts';
import { timings } from '../../database/timings.ts';
import type { Check, Severity, Violations } from '../check.ts';
import { listed, notJudged } from '../violations.ts';
import { ChargeFailed, chargeTimings } from './charge.ts';
import { type Measured, OPERATIONS, type OperationName, type Performance, percentiles, warmOf } from './measured.ts';
import { balanceQuery, logInsert, type Operation, rowSecurityRead } from './operations.ts';

/** Calls of a round after the first, which fills the session's caches; their median counts. */
const SAMPLES = 25;
/** Of a round: slow calls need fewer. */
const SECONDS = 0.5;
/** A load on the machine only ever adds to a time: of so many rounds the fastest counts. */
const ROUNDS = 3;
/** Milliseconds that a charge may take, whatever it took before. */
const CEILING = 200;

/** What it amounts to that an operation took these milliseconds before, and takes these now. */
type Judge = (before: number, now: number) => Severity | undefined;

/** The documents' limits; below a millisecond a difference is the measurement's. */
export const slower: Judge = (before, now) => {
  const more = now - before;
  if (now > 1.2 * before && more > 2) return 'failure';
  return now > 1.1 * before && more > 1 ? 'warning' : undefined;
};
/** The documents allow the log 50 ms, and stop at 100. */
export const logging: Judge = (before, now) => {
  if (now - before > 100) return 'failure';
  return now - before > 50 ? 'warning' : undefined;
};

interface Probing {
  sql: Transaction;
  model: Model;
}

/** Calls of an operation as it is after the cutover, in milliseconds; a reason where there is nothing to call. */
type Calls = (subject: Probing, samples: number) => Promise<number[] | string>;

const callsOf =
  (prepare: (subject: Probing) => Promise<Operation>): Calls =>
  async (subject, samples) => {
    const operation = await prepare(subject);
    return typeof operation === 'string'
      ? operation
      : (await timings(subject.sql, operation, samples, SECONDS)).milliseconds;
  };

const CALLS: Record<OperationName, Calls> = {
  charge: ({ sql, model }, samples) =>
    chargeTimings(sql, model, samples, SECONDS).catch(error => {
      if (!(error instanceof ChargeFailed)) throw error;
      return `a charge fails, which the checks of behaviour are about: ${error.message}`;
    }),
  balanceQuery: callsOf(async ({ sql, model }) => {
    const organization = await anyOrganization(sql, model);
    return organization === undefined ? NOBODY : balanceQuery(model, availableOf(model), organization);
  }),
  logInsert: callsOf(async ({ sql, model }) => {
    const organization = await anyOrganization(sql, model);
    return organization === undefined ? NOBODY : logInsert(model, organization, model.catalogue[0]?.action ?? '');
  }),
  rowSecurityRead: callsOf(({ sql, model }) => rowSecurityRead(sql, model, availableOf(model))),
};

const NOBODY = 'no organization has a balance';
const availableOf = ({ pools }: Model): string[] => pools.map(pool => pool.available.b.text);

async function anyOrganization(sql: Queryable, { balances }: Model): Promise<string | undefined> {
  const owner = quoteIdentifier(balances.owner);
  const [row] = await sql.unsafe<{ key: string }[]>(
    `select ${owner}::text as key from ${balances.table} where ${owner} is not null limit 1`,
  );
  return row?.key;
}

/** Median milliseconds before the migration; a reason where they are not known. */
async function recorded(sql: Queryable, operation: OperationName): Promise<number | string> {
  const [row] = await sql<{ document: Performance }[]>`
    select document from creditshift.baseline where subject = 'performance'`;
  if (!row) return 'creditshift baseline was not run before the migration';
  const found: Measured = row.document[operation];
  return 'notMeasured' in found ? `it was not measured before the migration: ${found.notMeasured}` : found.warm.p50;
}

const latency = (
  operation: OperationName,
  {
    judge,
    ceiling = Number.POSITIVE_INFINITY,
    ...check
  }: Pick<Check, 'name' | 'claim' | 'why'> & { judge: Judge; ceiling?: number },
): Check => ({
  ...check,
  remedy:
    'EXPLAIN (ANALYZE) it; look at indexes, triggers, dead rows and load; creditshift rollback --method disable goes back',
  severity: 'as found',
  states: ['cut over', 'contracted'],
  probes: true,
  async find(subject): Promise<Violations> {
    const probing = { sql: subject.sql as Transaction, model: subject.model };
    const before = await recorded(subject.sql, operation);
    if (typeof before === 'string' && ceiling === Number.POSITIVE_INFINITY) return notJudged(before);
    const amountsTo = (now: number) =>
      now > ceiling ? 'failure' : typeof before === 'string' ? undefined : judge(before, now);
    let now = Number.POSITIVE_INFINITY;
    for (let round = 0; round < ROUNDS && amountsTo(now) !== undefined; round++) {
      const calls = await CALLS[operation](probing, 1 + SAMPLES);
      if (typeof calls === 'string') return notJudged(calls);
      now = Math.min(now, percentiles(warmOf(calls)).p50);
    }
    const severity = amountsTo(now);
    if (severity === undefined) return typeof before === 'string' ? notJudged(before) : listed([]);
    const was = typeof before === 'string' ? before : `${before} ms before the migration`;
    return { ...listed([`a ${OPERATIONS[operation]} takes ${now} ms; ${was}`]), severity };
  },
});

const BY = 'no longer than before the migration by 10 % and 1 ms; by 20 % and 2 ms it fails';

/** Each operation, compared with what `baseline` recorded. */
export const LATENCIES: readonly Check[] = [
  latency('charge', {
    name: 'performance.charge',
    claim: `a charge takes 200 ms at most, and ${BY}`,
    why: 'customers wait for it on every action',
    judge: slower,
    ceiling: CEILING,
  }),
  latency('balanceQuery', {
    name: 'performance.balance-query',
    claim: `an organization’s balance, by its key, takes ${BY}`,
    why: 'pages that show a balance wait for it',
    judge: slower,
  }),
  latency('logInsert', {
    name: 'performance.log-insert',
    claim: 'an entry of the log takes no longer than before the migration by 50 ms; by 100 ms it fails',
    why: 'every charge writes an entry',
    judge: logging,
  }),
  latency('rowSecurityRead', {
    name: 'performance.row-security-read',
    claim: `a balance that a tenant’s user reads, under row security, takes ${BY}`,
    why: 'policies are evaluated for each row: a slow one is felt on every page',
    judge: slower,
  }),
];
