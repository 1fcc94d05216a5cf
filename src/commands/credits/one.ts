import { quoteIdentifier } from '../../config/names.ts';
import type { Transaction } from '../../database/connect.ts';
import { withLadder } from '../../database/ladder.ts';
import type { Block, Result } from '../../output/types.ts';
import { telling } from '../../steps/locks.ts';
import { enter, journal, type Run } from '../../steps/run.ts';
import type { Context } from '../session/context.ts';
import type { Session } from '../session/session.ts';
import { withRun } from '../session/with-run.ts';
import type { CreditsOptions } from './options.ts';
import { creditsProblem } from './problem.ts';

/** The number of its entry, and whether an earlier call had made it. */
interface Counted {
  entry: number;
  repeated: boolean;
}
interface Pool {
  pool: string;
  label: string;
  available: string;
  total: string;
}

/** Tops up, reverses, or begins a cycle, of one organization: one transaction, journalled where it changed something. */
export async function creditsOfOne(context: Context, session: Session, options: CreditsOptions): Promise<Result> {
  const { what, organization = '', reason } = options;
  const { counted, pools } = await withRun(
    context,
    session,
    `credits ${what}`,
    run => count(run, options).catch(error => Promise.reject(creditsProblem(error, options, session))),
    { reason },
  );
  const blocks: Block[] = [
    { kind: 'mark', tone: 'good', text: sentence(options, counted) },
    { kind: 'facts', facts: pools.map(p => [p.label, `${p.available} of ${p.total} available`]) },
  ];
  const document = { database: session.server.database, what, organization, ...counted };
  return { document: { ...document, pools: pools.map(({ label, ...pool }) => pool) }, blocks };
}

async function count(run: Run, options: CreditsOptions): Promise<{ counted: Counted; pools: Pool[] }> {
  const { what, organization = '', entry: reverses, reason = null, ...given } = options;
  const { key } = run.model;
  const { result } = await withLadder(
    run.sql,
    [run.model.balances.table.toString()],
    async tx => {
      await enter(tx, run, `credits ${what}`);
      const { call, values } = callOf(options, key.text);
      const [row] = await tx.unsafe<{ entry: number }[]>(
        `select ${quoteIdentifier(run.model.functions.home)}.${call}::integer as entry`,
        values,
      );
      const counted = await countedBy(tx, key.text, organization, row?.entry ?? 0);
      const pools = await poolsOf(tx, run, organization);
      if (!counted.repeated) {
        const [actor] = await tx<{ name: string }[]>`select session_user as name`;
        const done = { organization, ...given, ...(reverses && { reverses }), entry: counted.entry };
        await journal(tx, run, what, { ...done, reason, actor: actor?.name });
      }
      return { counted, pools };
    },
    telling(run, `credits ${what}`),
  );
  return result;
}

function callOf(options: CreditsOptions, key: string): { call: string; values: (string | null)[] } {
  const { organization = '', pool = '', credits = '', payment = '', entry = '', quantity, day = '', reason } = options;
  if (options.what === 'top-up')
    return {
      call: `top_up_credits($1::${key}, $2, $3::bigint, $4)`,
      values: [organization, pool, credits, payment],
    };
  if (options.what === 'reverse')
    return {
      call: `reverse_credits($1::${key}, $2::bigint, $3::bigint, $4, $5)`,
      values: [organization, entry, quantity ?? null, options.key ?? null, reason ?? null],
    };
  return { call: `reset_cycle($1::${key}, $2::date)`, values: [organization, day] };
}

/** An entry is new where this transaction wrote it. */
async function countedBy(tx: Transaction, key: string, organization: string, entry: number): Promise<Counted> {
  const [row] = await tx.unsafe<{ own: boolean }[]>(
    `select e.xmin = pg_current_xact_id()::xid as own
       from (select a.xmin from creditshift.allocations as a where a.organization = $1::${key} and a.sequence = $2
             union all
             select r.xmin from creditshift.reversals as r where r.organization = $1::${key} and r.sequence = $2) as e`,
    [organization, entry],
  );
  return { entry, repeated: row?.own !== true };
}

async function poolsOf(tx: Transaction, { model }: Run, organization: string): Promise<Pool[]> {
  const { table, owner } = model.balances;
  const columns = model.pools.flatMap(p => [`${p.available.b}::text`, `b.${quoteIdentifier(p.total)}::text`]);
  const [row] = await tx.unsafe<{ amounts: string[] }[]>(
    `select array[${columns.join(', ')}] as amounts from ${table} as b where b.${quoteIdentifier(owner)} = $1::${model.key}`,
    [organization],
  );
  return model.pools.map(({ name, label }, i) => ({
    pool: name,
    label,
    available: row?.amounts[2 * i] ?? '0',
    total: row?.amounts[2 * i + 1] ?? '0',
  }));
}

function sentence(options: CreditsOptions, { entry, repeated }: Counted): string {
  const { what, organization, pool, credits, payment, day } = options;
  const did = {
    'top-up': `${credits} ${pool} credits of payment ${payment}`,
    reverse: `the reversal of entry ${options.entry}`,
    cycle: `the cycle of ${day}`,
  }[what];
  return repeated
    ? `Nothing to do: ${did} counted before, as entry ${entry} of ${organization}.`
    : `Entry ${entry} of ${organization} is ${did}.`;
}
