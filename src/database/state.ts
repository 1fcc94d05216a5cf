import type { Config } from '../config/schema.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import type { Queryable } from './connect.ts';
import type { Facts } from './facts.ts';

/** Version of schema creditshift that this program writes. */
export const STATE_VERSION = 1;

export type Mode = 'legacy' | 'live' | 'maintenance' | 'disabled';

export interface Applied {
  step: string;
  stage: string;
  startedAt: Date;
  finishedAt: Date;
}

/** What schema creditshift records of this database. */
export interface State {
  mode: Mode;
  changedAt: Date;
  applied: Applied[];
  revision: number;
  /** Configuration and facts of the last applied revision: inverses are rendered from these, never from today's file. */
  config: Config;
  facts: Facts;
  lease: { holder: string; secondsLeft: number } | undefined;
}

/**
 * Reads the state, or undefined where nothing was migrated.
 * @throws Problem STATE_NEWER when a later creditshift wrote it
 */
export async function readState(sql: Queryable): Promise<State | undefined> {
  const [there] = await sql<{ there: boolean }[]>`select to_regclass('creditshift.control') is not null as there`;
  if (!there?.there) return undefined;
  const [control] = await sql<{ version: number; mode: Mode; changedAt: Date }[]>`
    select state_version as version, mode, changed_at as "changedAt" from creditshift.control`;
  if (!control) throw new Error('creditshift.control is empty');
  if (control.version > STATE_VERSION) {
    throw new Problem(
      'STATE_NEWER',
      `Schema creditshift has version ${control.version}; this program knows ${STATE_VERSION}.`,
      {
        state: UNTOUCHED,
        next: 'install the creditshift that migrated it, or a later one',
      },
    );
  }
  const applied = await sql<Applied[]>`
    select step, stage, started_at as "startedAt", finished_at as "finishedAt" from creditshift.history order by step`;
  const [revision] = await sql<{ revision: number; config: Config; facts: Facts }[]>`
    select revision, config, facts from creditshift.revisions order by revision desc limit 1`;
  if (!revision) throw new Error('creditshift.revisions is empty');
  const [lease] = await sql<{ holder: string; secondsLeft: number }[]>`
    select holder, extract(epoch from expires_at - clock_timestamp())::integer as "secondsLeft"
      from creditshift.lease where expires_at > clock_timestamp() order by epoch desc limit 1`;
  return { mode: control.mode, changedAt: control.changedAt, applied, ...revision, lease };
}

export const isApplied = (state: State | undefined, step: string): boolean =>
  state?.applied.some(a => a.step === step) ?? false;
