import { quoteIdentifier as q } from '../../config/names.ts';
import type { Transaction } from '../../database/connect.ts';
import type { Check, Subject } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { listed } from '../violations.ts';
import { asOwner, isRefused, makeRow, takeReplicaRole } from './attempt.ts';

const WORDS = ['creditshift.anonymizing', 'creditshift.retaining'];

export const appendOnly: Check = {
  name: 'audit.append-only',
  claim:
    'not even the log’s owner changes or removes an entry, or truncates the log; nor in the replica role, where this login may take it',
  why: 'a ledger that can be edited proves nothing',
  remedy: 'see schema.log-triggers and schema.function-bodies, then ledger.* for what was changed meanwhile',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '040_expand_log',
  probes: true,
  async find(subject) {
    const tx = subject.sql as Transaction;
    const entry = await makeRow(tx, subject, true);
    const faults = await asOwner(tx, subject, () => tried(tx, subject, entry));
    if (!(await refusesTruncate(tx, subject))) faults.push('the log’s owner may truncate the log');
    if (await takeReplicaRole(tx)) {
      const inReplica = await asOwner(tx, subject, () => tried(tx, subject, entry));
      faults.push(...inReplica.filter(fault => !faults.includes(fault)).map(fault => `${fault}, in the replica role`));
    }
    return listed(faults);
  },
};

/** Also with the words that anonymizer and retention say: they open no part of the ledger that nothing stands for. */
async function tried(tx: Transaction, { model: { log } }: Subject, entry: string): Promise<string[]> {
  const change = `update ${log.table} set legacy_delta = legacy_delta - 1 where ctid = '${entry}'`;
  const remove = `delete from ${log.table} where ctid = '${entry}'`;
  const faults: string[] = [];
  if (!(await isRefused(tx, change))) faults.push('the log’s owner may change an entry');
  if (!(await isRefused(tx, remove))) faults.push('the log’s owner may remove an entry');
  if (faults.length > 0) return faults;
  await tx`select set_config(word, pg_current_xact_id()::text, true) from unnest(${WORDS}::text[]) as word`;
  if (!(await isRefused(tx, change)))
    faults.push('the log’s owner may change what an entry comes to, as if anonymizing');
  if (!(await isRefused(tx, remove)))
    faults.push('the log’s owner may remove an entry, as if anonymizing or retaining');
  await tx`select set_config(word, '', true) from unnest(${WORDS}::text[]) as word`;
  return faults;
}

/**
 * Whether the log's triggers refuse a TRUNCATE, in the replica role too. Its lock would keep clients out, and end queries of a
 * standby: so they are tried on a table of this transaction.
 */
async function refusesTruncate(tx: Transaction, { model: { log } }: Subject): Promise<boolean> {
  const triggers = await tx<{ name: string; definition: string }[]>`
    select t.tgname as name,
           replace(pg_get_triggerdef(t.oid), format(' ON %I.%I ', n.nspname, c.relname), ' ON pg_temp.creditshift_tried ') as definition
      from pg_trigger as t join pg_class as c on c.oid = t.tgrelid join pg_namespace as n on n.oid = c.relnamespace
     where c.oid = ${log.table.toString()}::regclass and t.tgtype & 32 <> 0 and t.tgenabled = 'A'`;
  await tx.unsafe('create temporary table creditshift_tried () on commit drop');
  for (const { name, definition } of triggers)
    await tx.unsafe(`${definition}; alter table pg_temp.creditshift_tried enable always trigger ${q(name)}`);
  return isRefused(tx, 'truncate pg_temp.creditshift_tried');
}
