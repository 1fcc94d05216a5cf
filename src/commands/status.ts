import { setTimeout as pause } from 'node:timers/promises';
import { databaseState } from '../checks/state.ts';
import { connect, describeTarget, type ServerFacts, type Sql } from '../database/connect.ts';
import { asProblem } from '../database/errors.ts';
import { readState, type State } from '../database/state.ts';
import type { Block, Result } from '../output/types.ts';
import { EXIT } from '../problems.ts';
import { type Rehearsal, readRecord, rehearsalFile } from '../rehearsal/record.ts';
import { recordBlocks, underWayBlocks } from '../status/blocks.ts';
import { nextCommand } from '../status/next.ts';
import { type Records, readRecords } from '../status/records.ts';
import { readUnderWay, type UnderWay } from '../status/under-way.ts';
import type { Context } from './session/context.ts';

export interface StatusOptions {
  /** First shows the progress of the run that is under way, until it ends. */
  watch?: boolean;
}

/** Where the database stands and what comes next, from one read-only snapshot. It needs no configuration. */
export async function status(context: Context, options: StatusOptions = {}): Promise<Result> {
  const { sql, server } = await connect(context.target);
  try {
    const stopped = options.watch && !(await watch(context, sql));
    const result = await sql.begin('isolation level repeatable read read only', async tx => {
      const state = await readState(tx);
      const underWay = state && (await readUnderWay(tx));
      const rehearsal = await readRecord(rehearsalFile(context.folder));
      return resultOf(server, state, underWay, state && (await readRecords(tx)), rehearsal);
    });
    return stopped ? { ...result, exitCode: EXIT.interrupted } : result;
  } catch (error) {
    throw asProblem(error, describeTarget(context.target));
  } finally {
    await sql.end({ timeout: 2 });
  }
}

/** Milliseconds between two looks at the run under way. */
const LOOK = 1000;

/** Tells what the run under way tells, until it ends; false where the user asked to stop before. */
async function watch(context: Context, sql: Sql): Promise<boolean> {
  let told = '';
  for (;;) {
    const underWay = (await readState(sql)) && (await readUnderWay(sql));
    if (!underWay) return true;
    if (context.stopping()) return false;
    const now = JSON.stringify(underWay.progress);
    if (underWay.progress && now !== told) context.progress(underWay.progress);
    told = now;
    await pause(LOOK);
  }
}

function resultOf(
  server: ServerFacts,
  state: State | undefined,
  underWay: UnderWay | undefined,
  records: Records | undefined,
  rehearsal: Rehearsal | string | undefined,
): Result {
  const standing = databaseState(state);
  const next = nextCommand(standing, state, records?.runs ?? []);
  const facts: [string, string][] = [
    ['Database', `${server.database} on PostgreSQL ${server.version}, system ${server.systemIdentifier}`],
    ['State', standing],
  ];
  if (state) {
    facts.push(['Mode', `${state.mode} since ${state.changedAt.toISOString()}`]);
    facts.push(['Revision', `${state.revision} of the configuration`]);
    facts.push(['Lease', state.lease ? `${state.lease.holder}, ${state.lease.secondsLeft} s left` : 'free']);
  }
  if (typeof rehearsal === 'object')
    facts.push(['Rehearsal', `${rehearsal.outcome} at ${rehearsal.at}; verify says whether it is of this database`]);
  const blocks: Block[] = [
    { kind: 'title', text: 'Status' },
    { kind: 'facts', facts },
    ...(underWay ? underWayBlocks(underWay) : []),
  ];
  if (records) blocks.push({ kind: 'title', text: 'Steps' }, ...recordBlocks(records));
  return {
    document: {
      server,
      state: standing,
      mode: state?.mode ?? null,
      changedAt: state?.changedAt ?? null,
      revision: state?.revision ?? null,
      lease: state?.lease ?? null,
      underWay: underWay ?? null,
      ...records,
      next,
    },
    blocks: [...blocks, { kind: 'text', text: `\nNext: ${next}` }],
  };
}
