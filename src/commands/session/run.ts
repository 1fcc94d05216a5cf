import type { Config } from '../../config/schema.ts';
import type { Queryable } from '../../database/connect.ts';
import type { State } from '../../database/state.ts';
import { finishRun, newRunId, type Run, startRun as start } from '../../steps/run.ts';
import { version } from '../../version.ts';
import type { Context } from './context.ts';
import type { Session } from './session.ts';

/** A run over the session's recorded revision, without its lease yet. */
export function newRun(context: Context, session: Session): Run {
  const { sql, state, config, facts, model } = session;
  return {
    id: newRunId(),
    sql,
    config: withRecorded(config, state),
    facts,
    model,
    revision: state?.revision ?? 1,
    lease: undefined,
    progress: context.progress,
    stopping: context.stopping,
    deadline: context.deadline ?? Number.POSITIVE_INFINITY,
  };
}

/** What was applied to the database is read from its record; policies for a rollback and sizes from today's file. */
const RECORDED = [
  'pools',
  'catalogue',
  'plans',
  'assignments',
  'functions',
  'balances',
  'tenants',
  'actions',
  'log',
] as const;
export const withRecorded = (config: Config, state: State | undefined): Config =>
  state ? { ...config, ...Object.fromEntries(RECORDED.map(section => [section, state.config[section]])) } : config;

export const startRun = (sql: Queryable, run: Run, command: string, reason?: string): Promise<void> =>
  start(sql, run, command, version, reason);
export { finishRun, type Run };
