import { resolve } from 'node:path';
import { archiveFolder } from '../../backup/archives.ts';
import { isFailure, runChecks } from '../../checks/run.ts';
import type { Queryable } from '../../database/connect.ts';
import { isApplied } from '../../database/state.ts';
import { counted } from '../../output/counted.ts';
import type { Block, Result } from '../../output/types.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import { archiveRows, rowsGoing } from '../../retention/archive.ts';
import { isUnfinished, recordEnd } from '../../retention/end.ts';
import { firstKept, type OlderThan } from '../../retention/period.ts';
import { type Rows, removeRows } from '../../retention/remove.ts';
import { requireExpected } from '../../rollback/guards.ts';
import { journal } from '../../steps/run.ts';
import type { Context } from '../session/context.ts';
import { readOnly, type Session } from '../session/session.ts';
import { withRun } from '../session/with-run.ts';
import { checking } from '../shown/checking.ts';

/** Archives, then removes whole months of the log, and leaves openings that stand for the entries removed. */
export async function retainLog(context: Context, session: Session, olderThan: OlderThan): Promise<Result> {
  const { server, state, config, model } = session;
  if (!isApplied(state, '090_cutover')) throw notCutOver(server.database);
  requireExpected(config, server, context.unattended);
  await refuseFollowers(session.sql, model.log.table.toString());
  await refuseBlindOwner(session.sql, model.log.table.toString());
  const kept = await firstKept(session.sql, olderThan);
  const rows = await readOnly(session, tx => rowsGoing(tx, model, kept));
  if (total(rows) === 0) {
    // Killed before its end was journalled: nothing but that is left of it.
    if (await isUnfinished(session.sql))
      await withRun(context, session, 'audit retention', run => recordEnd(run, { before: kept, removed: rows }));
    return done(session, kept, rows, null);
  }
  await refuseBroken(context, session);
  const folder = resolve(archiveFolder(context.folder, server.database));
  const question =
    `Archive in ${folder}, and then remove from the log of ${server.database} all from before ${kept}: ` +
    `${counted(rows.entries, 'charge')}, for which balance entries will stand, and ${counted(rows.refusals, 'refusal')}? ` +
    'Their idempotency keys are free again, and they cannot be reversed any more.';
  if (!(await context.confirm(question))) {
    throw new Problem('NOT_CONFIRMED', 'Not confirmed.', { state: UNTOUCHED, next: 'creditshift audit --help' });
  }
  return withRun(context, session, 'audit retention', async run => {
    const archive = await archiveRows(run, server, folder, kept);
    const facts = { before: kept, archive: folder, rows: archive.rows, sha256: archive.sha256 };
    await journal(run.sql, run, 'retention begun', facts);
    const removed = await removeRows(run, archive.going, archive.rows);
    await recordEnd(run, { ...facts, removed });
    if (total(removed) !== archive.rows) throw lacking(total(removed), archive.rows, folder);
    return done(session, kept, removed, { folder, sha256: archive.sha256 });
  });
}

const total = ({ entries, refusals }: Rows): number => entries + refusals;

function done({ server }: Session, before: string, removed: Rows, archive: { folder: string; sha256: string } | null) {
  const text = archive
    ? `Removed from the log what is from before ${before}: ${counted(removed.entries, 'charge')}, for which balance entries stand, and ${counted(removed.refusals, 'refusal')}.`
    : `Nothing to do: the log of ${server.database} has no charge and no refusal from before ${before}.`;
  const blocks: Block[] = [{ kind: 'mark', tone: 'good', text }];
  if (archive) {
    blocks.push({ kind: 'facts', facts: Object.entries({ archive: archive.folder, sha256: archive.sha256 }) });
    const rest = 'Rows of before the migration stay: they are your own. VACUUM makes the space free for new rows.';
    blocks.push({ kind: 'text', tone: 'dim', text: rest });
  }
  return { document: { database: server.database, before, removed, archive }, blocks };
}

/** Foreign keys and triggers of others that would act on what is removed, outside the archive. */
async function refuseFollowers(sql: Queryable, log: string): Promise<void> {
  const found = await sql<{ what: string }[]>`
    select format('foreign key %I of %s', k.conname, k.conrelid::regclass) as what
      from pg_constraint as k where k.contype = 'f' and k.confrelid = ${log}::regclass
    union all
    select format('trigger %I of the log', t.tgname)
      from pg_trigger as t
     where t.tgrelid = ${log}::regclass and not t.tgisinternal and t.tgtype & 8 <> 0 and t.tgenabled <> 'D'
       and t.tgname not like 'creditshift\\_%'`;
  if (found.length === 0) return;
  throw new Problem('DEPENDENTS', 'Something of yours would follow the rows removed, and is in no archive.', {
    state: UNTOUCHED,
    next: 'take it away, or switch the trigger off meanwhile; then the same command again',
    details: found.map(row => row.what),
  });
}

/** The log's trigger asks, with the rights of the log's owner, whether an opening stands for an entry. */
async function refuseBlindOwner(sql: Queryable, log: string): Promise<void> {
  const [owner] = await sql<{ name: string; sees: boolean }[]>`
    select quote_ident(r.rolname) as name,
           has_schema_privilege(r.oid, 'creditshift', 'usage') and has_table_privilege(r.oid, 'creditshift.allocations', 'select') as sees
      from pg_class as c join pg_roles as r on r.oid = c.relowner where c.oid = ${log}::regclass`;
  if (owner?.sees !== false) return;
  throw new Problem('PRIVILEGE_MISSING', `The log's owner, ${owner.name}, cannot read what stands for its entries.`, {
    state: UNTOUCHED,
    next: `GRANT USAGE ON SCHEMA creditshift TO ${owner.name}; GRANT SELECT ON creditshift.allocations TO ${owner.name}; then the same command again`,
  });
}

/** What does not hold before would be buried. */
async function refuseBroken({ progress }: Context, session: Session): Promise<void> {
  const failed = (await runChecks(session, { only: 'ledger', ...checking(progress) })).filter(isFailure);
  if (failed.length === 0) return;
  throw new Problem('CHECKS_FAILED', 'The ledger does not hold: what would prove what is wrong must stay.', {
    state: UNTOUCHED,
    next: 'creditshift verify --only ledger',
    details: failed.flatMap(check => check.rows.map(row => `${check.name}: ${row}`)),
  });
}

const lacking = (removed: number, archived: number, folder: string): Problem =>
  new Problem('INVARIANT_BROKEN', `${removed} rows left the log, and the archive has ${archived}.`, {
    state: `All that left it is in ${folder}, and openings stand for the charges.`,
    next: 'the same command again goes on with what is left',
  });

const notCutOver = (database: string): Problem =>
  new Problem('NOT_CUT_OVER', `${database} charges no pools: its log is not the ledger of creditshift.`, {
    state: UNTOUCHED,
    next: 'creditshift status',
  });
