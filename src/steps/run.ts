import { randomUUID } from 'node:crypto';
import type { Model } from '../config/model.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable, Sql, Transaction } from '../database/connect.ts';
import type { Facts } from '../database/facts.ts';
import type { Lease } from '../database/lease.ts';
import { standing } from '../database/standing.ts';
import type { Progress } from '../progress.ts';
import { checksum, type Step } from './step.ts';
import type { Courtesy } from './throttle.ts';

/** One run of the tool on one database: what every step needs. */
export interface Run {
  id: string;
  sql: Sql;
  config: Config;
  facts: Facts;
  model: Model;
  revision: number;
  lease: Lease | undefined;
  progress: Progress;
  /** True once the user asked to stop, or the time is up: work ends at the next page, step or try. */
  stopping: () => boolean;
  /** When the time is up, by performance.now(). */
  deadline: number;
  /** How it gives way to clients, once a step has asked. */
  courtesy?: Promise<Courtesy>;
}

export const newRunId = (): string => randomUUID();

/**
 * Starts a step's transaction: names it to pg_stat_activity and fences it with the lease. Compiling a statement that runs
 * once takes longer than it saves; parallel workers would take the clients' processors.
 */
export async function enter(tx: Transaction, run: Run, step: string): Promise<void> {
  const name = `creditshift ${run.id.slice(0, 8)} ${step}`;
  await tx`select set_config('application_name', ${name}, true), set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`;
  await run.lease?.fence(tx);
}

/**
 * Locks the credit tables whole, in the order in which a charge does: price list, balances, log. In any other order a
 * charge that has read the price list waits for the balances, and this transaction for the price list.
 */
export async function lockCreditTables(tx: Transaction, { actions, balances, log }: Model): Promise<void> {
  const tables = await standing(tx, [actions.table, balances.table, log.table]);
  await tx.unsafe(`lock table ${tables.join(', ')} in access exclusive mode`);
}

/**
 * Writes a step into the history, inside the step's own transaction.
 * @param started when it began, by performance.now(): the server's clock and this machine's need not agree
 */
export async function recordApplied(tx: Queryable, run: Run, step: Step, sql: string, started: number): Promise<void> {
  const seconds = (performance.now() - started) / 1000;
  await tx`
    insert into creditshift.history (step, stage, revision, run, sql, checksum, started_at)
    values (${step.name}, ${step.stage}, ${run.revision}, ${run.id}, ${sql}, ${checksum(sql)},
            clock_timestamp() - make_interval(secs => ${seconds}))`;
}

/** Appends to the hash-chained journal; call it last in a transaction. */
export async function journal(tx: Queryable, run: { id: string }, event: string, data: object): Promise<void> {
  await tx`select creditshift.record(${run.id}, ${event}, ${JSON.stringify(data)}::text::jsonb)`;
}

export async function startRun(
  sql: Queryable,
  run: Run,
  command: string,
  version: string,
  reason?: string,
): Promise<void> {
  await sql`insert into creditshift.runs (run, command, version, reason) values (${run.id}, ${command}, ${version}, ${reason ?? null})`;
}

export async function finishRun(sql: Queryable, run: Run, outcome: string): Promise<void> {
  await sql`update creditshift.runs set finished_at = clock_timestamp(), outcome = ${outcome}, progress = null where run = ${run.id}`;
}
