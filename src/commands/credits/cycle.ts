import { quoteIdentifier } from '../../config/names.ts';
import type { Queryable } from '../../database/connect.ts';
import { counted } from '../../output/counted.ts';
import type { Result } from '../../output/types.ts';
import { Problem, RESUMABLE, UNTOUCHED } from '../../problems.ts';
import { type Begun, beginCycle, isDue } from '../../steps/cycle.ts';
import { journal } from '../../steps/run.ts';
import { mints } from '../reallocate/report.ts';
import type { Context } from '../session/context.ts';
import { readOnly, type Session } from '../session/session.ts';
import { withRun } from '../session/with-run.ts';
import { creditsProblem } from './problem.ts';

/** Organizations by what the cycle of a day means to them, and the credits that it mints, by pool. */
interface Outlook {
  due: number;
  /** It began for them before. */
  done: number;
  /** A later one has begun. */
  passed: number;
  /** Exact decimals, in pool order. */
  minted: string[];
}

/** Begins the cycle of a day for every organization that has pools; what has begun is left alone. */
export async function cycleOfAll(context: Context, session: Session, day: string, reason?: string): Promise<Result> {
  const outlook = await readOnly(session, tx => outlookOf(tx, session, day));
  const { due, minted } = outlook;
  if (due === 0) return result(session, day, outlook, { begun: 0, failed: [] });
  const question =
    `Begin the cycle of ${day} for ${counted(due, 'organization')} of ${session.server.database}? ` +
    mints(session.model, minted);
  if (!(await context.confirm(question))) {
    throw new Problem('NOT_CONFIRMED', 'Not confirmed.', { state: UNTOUCHED, next: 'creditshift credits --help' });
  }
  const begun = await withRun(
    context,
    session,
    'credits cycle',
    async run => {
      const [actor] = await run.sql<{ name: string }[]>`select session_user as name`;
      const who = { day, reason: reason ?? null, actor: actor?.name };
      await journal(run.sql, run, 'cycle begun', { ...who, organizations: due });
      const outcome = await beginCycle(run, day, due).catch(error =>
        Promise.reject(creditsProblem(error, { what: 'cycle', day }, session)),
      );
      await journal(run.sql, run, 'cycle', { ...who, organizations: outcome.begun, failed: outcome.failed.length });
      return outcome;
    },
    { reason },
  );
  if (begun.failed.length > 0) throw failures(begun);
  return result(session, day, outlook, begun);
}

async function outlookOf(tx: Queryable, { model }: Session, day: string): Promise<Outlook> {
  const { table, owner } = model.balances;
  const key = `b.${quoteIdentifier(owner)}`;
  const mints = model.pools.map(pool => {
    const extra = `coalesce(last.${quoteIdentifier(pool.allocation.extra)}, 0)`;
    const left = pool.available.b.text;
    const minted = `b.${quoteIdentifier(pool.total)}::numeric - ${extra} + least(${extra}, ${left}) - ${left}`;
    return `coalesce(sum(${minted}) filter (where o.due), 0)::text`;
  });
  const [outlook] = await tx.unsafe<Outlook[]>(
    `select (count(*) filter (where o.due))::integer as due, (count(*) filter (where o.done))::integer as done,
            (count(*) filter (where not o.due and not o.done))::integer as passed, array[${mints.join(', ')}] as minted
       from ${table} as b
       join lateral (select a.* from creditshift.allocations as a
                      where a.organization = ${key} order by a.sequence desc limit 1) as last on last.kind <> 'deletion'
      cross join lateral (select ${isDue(key, '$1')} as due,
                                 exists (select from creditshift.allocations as a
                                          where a.organization = ${key} and a.kind = 'reset' and a.reference = $1) as done) as o`,
    [day],
  );
  return outlook ?? { due: 0, done: 0, passed: 0, minted: [] };
}

function result({ server }: Session, day: string, { done, passed }: Outlook, { begun }: Begun): Result {
  const before = done > 0 ? ` For ${done} it began before.` : '';
  return {
    document: { database: server.database, day, begun, before: done, passed },
    blocks: [
      {
        kind: 'mark',
        tone: 'good',
        text:
          begun > 0
            ? `The cycle of ${day} began for ${counted(begun, 'organization')} of ${server.database}.${before}`
            : `Nothing to do: no organization of ${server.database} waits for the cycle of ${day}.${before}`,
      },
      ...(passed > 0
        ? [
            {
              kind: 'mark',
              tone: 'warn',
              text: `${counted(passed, 'organization')} left alone: a later cycle has begun there.`,
            } as const,
          ]
        : []),
    ],
  };
}

const failures = ({ begun, failed }: Begun): Problem =>
  new Problem('ALLOCATION_FAILED', `The cycle could not begin for ${counted(failed.length, 'organization')}.`, {
    state: `${RESUMABLE} It began for ${begun}.`,
    next: 'correct the rows, or what refuses them; the same command again tries these only',
    details: failed.slice(0, 20).map(({ organization, reason }) => `${organization}: ${reason}`),
  });
