import type { Result } from '../../output/types.ts';
import type { Subject } from '../../privacy/replacement.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import type { Context } from '../session/context.ts';
import { withSession } from '../session/session.ts';
import { anonymizeLog } from './anonymize.ts';
import { exportEntries } from './export.ts';
import { type AuditOptions, monthsOf, refuseSlips } from './options.ts';
import { retainLog } from './retention.ts';
import { proveLedger } from './verify.ts';

/**
 * Proves the ledger and the journal, or writes the ledger's entries to a file: these store nothing in the database. Or
 * replaces personal data in the log, or archives and removes whole months of it.
 */
export async function audit(context: Context, options: AuditOptions): Promise<Result> {
  refuseSlips(options);
  const { what, organization, user } = options;
  return withSession(context, async session => {
    if (!session.state) {
      throw new Problem('NOT_CUT_OVER', `${session.server.database} has no ledger: it is not migrated.`, {
        state: UNTOUCHED,
        next: 'creditshift status; the archive of a rollback keeps the ledger of before',
      });
    }
    if (what === 'verify') return proveLedger(context, session, options.head);
    if (what === 'export') return exportEntries(context, session, options);
    if (what === 'retention') return retainLog(context, session, monthsOf(options.olderThan));
    const subject = user === undefined ? { kind: 'organization', id: organization ?? '' } : { kind: 'user', id: user };
    return anonymizeLog(context, session, subject as Subject);
  });
}
