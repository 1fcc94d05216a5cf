import { databaseState } from '../checks/state.ts';
import { connect, describeTarget, type ServerFacts } from '../database/connect.ts';
import { asProblem } from '../database/errors.ts';
import { readState, type State } from '../database/state.ts';
import type { Block, Result } from '../output/types.ts';
import { recordBlocks } from '../status/blocks.ts';
import { nextCommand } from '../status/next.ts';
import { type Records, readRecords } from '../status/records.ts';
import type { Context } from './context.ts';

/** Where the database stands and what comes next, from one read-only snapshot. It needs no configuration. */
export async function status(context: Context): Promise<Result> {
  const { sql, server } = await connect(context.target);
  try {
    return await sql.begin('isolation level repeatable read read only', async tx => {
      const state = await readState(tx);
      return resultOf(server, state, state && (await readRecords(tx)));
    });
  } catch (error) {
    throw asProblem(error, describeTarget(context.target));
  } finally {
    await sql.end({ timeout: 2 });
  }
}

function resultOf(server: ServerFacts, state: State | undefined, records: Records | undefined): Result {
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
  const blocks: Block[] = [
    { kind: 'title', text: 'Status' },
    { kind: 'facts', facts },
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
      ...records,
      next,
    },
    blocks: [...blocks, { kind: 'text', text: `\nNext: ${next}` }],
  };
}
