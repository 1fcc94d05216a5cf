import { quoteIdentifier as q } from '../../config/names.ts';
import type { Transaction } from '../../database/connect.ts';
import { sqlstate } from '../../database/errors.ts';
import type { Subject } from '../check.ts';

/** What the append-only trigger raises. */
const REFUSED = '55000';

/**
 * Runs `body` as the log's owner, whom no grant and no row security stops.
 * @throws where the login is no member of it
 */
export async function asOwner<T>(tx: Transaction, { model }: Subject, body: () => Promise<T>): Promise<T> {
  const [log] = await tx<{ owner: string; before: string }[]>`
    select pg_get_userbyid(relowner) as owner, current_setting('role') as before
      from pg_class where oid = ${model.log.table.toString()}::regclass`;
  await tx`select set_config('role', ${log?.owner ?? ''}, true)`;
  const result = await body();
  await tx`select set_config('role', ${log?.before ?? 'none'}, true)`;
  return result;
}

/** Puts a row into the log, an entry or one as of before the migration; where it lies, as a tid. */
export async function makeRow(tx: Transaction, { model }: Subject, entry: boolean): Promise<string> {
  const { actions, balances, log } = model;
  const columns = [log.owner, log.action, log.outcome, log.consumed, log.before, log.after].map(q).join(', ');
  const [made] = await tx.unsafe<{ place: string }[]>(
    `insert into ${log.table} (${columns}${entry ? ', success, sequence, quantity, legacy_delta' : ''})
     select (select b.${q(balances.owner)} from ${balances.table} as b limit 1),
            (select a.${q(actions.action)} from ${actions.table} as a limit 1), 'success', 0, 0, 0
            ${entry ? ', true, -1, 1, 0' : ''}
     returning ctid::text as place`,
  );
  if (!made) throw new Error('the log took no row to try it with');
  return made.place;
}

/**
 * Whether a statement is refused as append-only; if it is not, it is taken back.
 * @throws what else the database says, and where it changed nothing, which proves nothing
 */
export async function isRefused(tx: Transaction, text: string): Promise<boolean> {
  const undo = new Error('taken back');
  try {
    await tx.savepoint(async inner => {
      const { count, command } = await inner.unsafe(text);
      if (!command.startsWith('TRUNCATE') && count !== 1) throw new Error(`${command} found no row to try it on`);
      throw undo;
    });
  } catch (error) {
    if (sqlstate(error) === REFUSED) return true;
    if (error !== undo) throw error;
  }
  return false;
}

/** Takes the replica role, in which ordinary triggers do not fire; false where this login may not. */
export async function takeReplicaRole(tx: Transaction): Promise<boolean> {
  try {
    await tx.savepoint(inner => inner.unsafe('set local session_replication_role = replica'));
    return true;
  } catch (error) {
    if (sqlstate(error) !== '42501') throw error;
    return false;
  }
}
