import type { Sql } from '../database/connect.ts';
import { type Account, accountsOf } from './accounts.ts';
import { type Balance, balanceOf } from './balance.ts';
import { type Caller, callerOf } from './caller.ts';
import { columnOf, readTables, type Table, written } from './catalog.ts';
import { type Consume, consumeOf } from './consume.ts';
import { type Counts, countsOf } from './counts.ts';
import { type Choose, type Found, type Pick, pick } from './found.ts';
import { readFunctions, writersOf } from './functions.ts';
import { type Log, logsOf } from './log.ts';
import { type Look, lookAt } from './look.ts';
import { type Plans, plansOf, type Standing, standingOf } from './plans.ts';
import { type Action, actionsOf, type Prices, pricesOf } from './prices.ts';
import { type Roles, rolesOf } from './roles.ts';
import { type Tenants, tenantsOf } from './tenants.ts';

/** What a database says of the configuration it needs. */
export interface Detected {
  account: Account;
  table: Found;
  tenants: Tenants;
  balance: Balance;
  plans: Plans;
  standing: Standing;
  counts: Counts | undefined;
  keyType: string;
  balanceType: string;
  prices: Pick<Prices> | undefined;
  log: Pick<Log> | undefined;
  /** A log that lacks columns, so that another is made. */
  partial: Log | undefined;
  actions: Action[];
  consume: Consume;
  roles: Roles;
  caller: Caller;
  /** Names of the balance table's schema that are taken. */
  taken: string[];
}

const nameOf = ({ table }: { table: Table }) => written(table);

/** What was looked at where nothing could be found. */
export interface Nothing {
  tables: number;
}

/** Looks for the unified balance and all that belongs to it, and asks where the catalog leaves it open. */
export async function detect(sql: Sql, choose: Choose): Promise<Detected | Nothing> {
  const look = lookAt(sql);
  const { tables, accounts } = await look(async tx => {
    const tables = await readTables(tx);
    return { tables, accounts: await accountsOf(tx, tables) };
  });
  const account = await pick(
    choose,
    'Which table holds the balances:',
    accounts,
    nameOf,
    'it has a balance for each owner',
  );
  return account ? detectAround(look, choose, tables, account) : { tables: tables.length };
}

async function detectAround(
  look: Look,
  choose: Choose,
  tables: readonly Table[],
  { line: table, item: account }: Pick<Account>,
): Promise<Detected> {
  const at = account.table;
  const bodies = await look(tx => readFunctions(tx, at));
  const tenants = await tenantsOf(choose, account, tables);
  const writes = (column: string) => writersOf(bodies, at, [column]).length > 0;
  const balance = await balanceOf(choose, look, at, writes);
  const owner = tenants.owner.value;
  const plans = await plansOf(choose, look, at, tenants.at);
  const logs = owner ? logsOf(tables, at, owner, tenants.at) : [];
  const whole = logs.filter(({ missing }) => missing.length === 0);
  const log = await pick(choose, 'Which table is the log of charges:', whole, nameOf, 'an entry for each charge');
  const [partial] = log ? [] : logs;
  const listed = pricesOf(tables, at, tenants.at);
  const prices = await pick(choose, 'Which table is the price list:', listed, nameOf, 'one row an action');
  const consume = await consumeOf(choose, writersOf(bodies, at, balance.columns), at.schema, columnOf(at, owner ?? ''));
  const roles = await rolesOf(choose, look, at, consume.at);
  const { sql } = balance;
  return {
    account,
    table,
    tenants,
    balance,
    plans,
    standing: await standingOf(look, at),
    counts: owner && sql ? await look(tx => countsOf(tx, at, owner, sql)) : undefined,
    keyType: columnOf(at, owner ?? '')?.type ?? '',
    balanceType: columnOf(at, balance.columns[0] ?? '')?.type ?? '',
    prices,
    log,
    partial,
    actions: await look(tx => actionsOf(tx, prices?.item, log?.item ?? partial)),
    consume,
    roles,
    caller: await callerOf(choose, look, { tables, account: at, tenants: tenants.at }, roles),
    taken: tables.filter(t => t.schema === at.schema).map(t => t.name),
  };
}
