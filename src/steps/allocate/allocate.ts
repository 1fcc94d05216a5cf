import { quoteIdentifier } from '../../config/names.ts';
import { withLadder } from '../../database/ladder.ts';
import type { HeldLock } from '../../database/locks.ts';
import { analyze } from '../analyze.ts';
import { enter, type Run } from '../run.ts';
import { stopHere } from '../stop.ts';
import { courtesyOf } from '../throttle.ts';
import { openCounter } from './counter.ts';
import { openHeld } from './held.ts';
import { inParallel } from './parallel.ts';
import { allocatePart } from './part.ts';
import { openParts, STEP } from './parts.ts';
import { sweep } from './sweep.ts';

/** What the step did. */
interface Allocated {
  /** Organizations, over all runs. */
  rows: number;
  /** Milliseconds that the throttle held this run. */
  throttled: number;
  /** Milliseconds that it rested for clients, over all workers. */
  rested: number;
  locks: HeldLock[];
}

/**
 * Allocates in keyset pages of the owner's key, in as many ranges at once as `batch.workers`; one statement and one
 * commit a page, the checkpoint in it. Resumes where the last committed pages ended. `statement` is
 * migrations/060_allocate.sql.
 * @throws Problem INTERRUPTED when the run was asked to stop, at a page boundary
 * @throws Problem THROTTLED when the database was busy for too long
 * @throws Problem ALLOCATION_FAILED when single organizations failed, after all others are allocated
 */
export async function allocatePages(run: Run, statement: string): Promise<Allocated> {
  await createMissingBalances(run);
  const parts = await openParts(run);
  const counter = await openCounter(run);
  const courtesy = await courtesyOf(run);
  const boundary = async () => {
    await courtesy.pass(STEP);
    stopHere(run, `after ${counter.rows()} organizations`);
  };
  const held = openHeld(run);
  const work = { run, statement, boundary, courtesy, held, count: counter.count };
  await inParallel(run.config.batch.workers, parts, (part, halted) => allocatePart({ ...work, halted }, part));
  counter.count(await sweep(run, boundary));
  // Checks and the catch-up join these, and autovacuum may not have seen them yet.
  await analyze(run, [run.model.balances.table.toString(), 'creditshift.allocations', 'creditshift.legacy_writes']);
  return { rows: counter.rows(), throttled: courtesy.held(), rested: courtesy.rested(), locks: held.locks() };
}

/** policies.withoutCredits: create gives organizations without a balance row an empty one; the rules then decide. */
async function createMissingBalances(run: Run): Promise<void> {
  if (run.config.policies.withoutCredits !== 'create') return;
  const { balances, tenants } = run.model;
  await withLadder(run.sql, [balances.table.toString()], async tx => {
    await enter(tx, run, STEP);
    await tx.unsafe(`
      with made as (
        insert into ${balances.table} as b (${quoteIdentifier(balances.owner)})
        select o.${quoteIdentifier(tenants.key)} from ${tenants.table} as o
         where not exists (select from ${balances.table} as b where b.${quoteIdentifier(balances.owner)} = o.${quoteIdentifier(tenants.key)})
            on conflict do nothing
        returning b.${quoteIdentifier(balances.owner)} as organization, to_jsonb(b) - ${balances.added} as found
      )
      insert into creditshift.added_balances (organization, found)
      select organization, found from made
          on conflict (organization) do update set found = excluded.found`);
  });
}
