import type { Result } from '../../output/types.ts';
import { requireExpected } from '../../rollback/guards.ts';
import type { Context } from '../session/context.ts';
import { type Session, withSession } from '../session/session.ts';
import { cycleOfAll } from './cycle.ts';
import { creditsOfOne } from './one.ts';
import { type CreditsOptions, refuseSlips, usage } from './options.ts';
import { requireLive } from './problem.ts';

/** Adds paid credits, gives a charge back, or begins a cycle: each once, however often it is run. */
export async function credits(context: Context, options: CreditsOptions): Promise<Result> {
  refuseSlips(options);
  return withSession(context, async session => {
    requireLive(session);
    requireExpected(session.config, session.server, context.unattended);
    const { day, organization } = options;
    if (day !== undefined) await requireBegun(session, day);
    if (day === undefined || organization !== undefined) return creditsOfOne(context, session, options);
    return cycleOfAll(context, session, day, options.reason);
  });
}

/**
 * A cycle that was begun too early cannot be taken back, and one of a wrong year bars all before it. A day begins at
 * midnight by the database's clock and time zone.
 */
async function requireBegun({ sql }: Session, day: string): Promise<void> {
  const [now] = await sql<{ begun: boolean; text: string }[]>`
    select ${day}::text::date <= current_date as begun, to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS TZ') as text`;
  if (now?.begun) return;
  throw usage(`${day} has not begun: in the database it is ${now?.text}.`, `the same command on ${day}`);
}
