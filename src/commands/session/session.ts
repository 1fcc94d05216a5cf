import { loadConfig } from '../../config/load.ts';
import { buildModel, type Model } from '../../config/model.ts';
import type { Config } from '../../config/schema.ts';
import { connect, describeTarget, type Queryable, type ServerFacts, type Sql } from '../../database/connect.ts';
import { asProblem, sqlstate } from '../../database/errors.ts';
import { type Facts, readFacts } from '../../database/facts.ts';
import { lockTimeout } from '../../database/ladder.ts';
import { blockers } from '../../database/locks.ts';
import { readState, type State } from '../../database/state.ts';
import { phaseOf } from '../../steps/phase.ts';
import type { Context } from './context.ts';

/** An open database with what is recorded of it and what the configuration file says. */
export interface Session {
  sql: Sql;
  server: ServerFacts;
  /** Undefined where nothing was migrated. */
  state: State | undefined;
  /** Today's file. */
  config: Config;
  /** Catalog facts: the recorded ones where a migration began, since later columns may be renamed. */
  facts: Facts;
  /** Of the last applied revision; of today's file where nothing was migrated. */
  model: Model;
}

/** Opens the database, hands it to `body`, and closes it; driver errors come out as Problems. */
export async function withSession<T>(context: Context, body: (session: Session) => Promise<T>): Promise<T> {
  const config = await loadConfig(context.configPath);
  // One a worker, and some beside them: heartbeat, throttle, checks.
  const { sql, server } = await connect(context.target, 'creditshift', config.batch.workers + 3);
  try {
    return await body(await openSession(sql, server, config));
  } catch (error) {
    if (sqlstate(error) === '55P03') {
      const tables = creditTables(config);
      throw lockTimeout(tables, 'for 10 s', await blockers(sql, tables), error);
    }
    throw asProblem(error, describeTarget(context.target));
  } finally {
    await sql.end({ timeout: 2 });
  }
}

const creditTables = (config: Config) =>
  [config.balances, config.actions, config.log, config.tenants].map(({ table }) => ({
    table,
    mode: 'ACCESS EXCLUSIVE',
  }));

/** The session over an open connection. */
export async function openSession(sql: Sql, server: ServerFacts, config: Config): Promise<Session> {
  const state = await readState(sql);
  const facts = state?.facts ?? (await readFacts(sql, config));
  return { sql, server, state, config, facts, model: modelOf(state, config, facts) };
}

export function modelOf(state: State | undefined, config: Config, facts: Facts): Model {
  return state ? buildModel(state.config, state.facts, phaseOf(state)) : buildModel(config, facts);
}

/** Runs `body` in one read-only snapshot: it sees one moment and writes nothing. */
export function readOnly<T>(session: Session, body: (tx: Queryable) => Promise<T>): Promise<T> {
  return session.sql.begin('isolation level repeatable read read only', async tx => {
    // Parallel workers would take the clients' processors.
    await tx.unsafe(`set local lock_timeout = '10s'; set local max_parallel_workers_per_gather = 0`);
    return body(tx);
  }) as Promise<T>;
}
