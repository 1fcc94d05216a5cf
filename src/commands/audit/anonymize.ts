import { createHash, randomBytes } from 'node:crypto';
import { sqlstate } from '../../database/errors.ts';
import { isApplied } from '../../database/state.ts';
import { counted } from '../../output/counted.ts';
import type { Block, Result } from '../../output/types.ts';
import { anonymize, personalRows, type Rows } from '../../privacy/anonymize.ts';
import { type Replacement, replacementOf, type Subject } from '../../privacy/replacement.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import { requireExpected } from '../../rollback/guards.ts';
import { journal } from '../../steps/run.ts';
import type { Context } from '../session/context.ts';
import { readOnly, type Session } from '../session/session.ts';
import { withRun } from '../session/with-run.ts';
import { usage } from './options.ts';

/** Replaces personal data in the log for good, of every row of an organization or of a user, and journals that it did. */
export async function anonymizeLog(context: Context, session: Session, subject: Subject): Promise<Result> {
  const { server, state, config } = session;
  if (!state || !isApplied(state, '040_expand_log')) throw notExpanded(server.database);
  requireExpected(config, server, context.unattended);
  const { replacement, rows } = await readOnly(session, async tx => {
    const replacement = await replacementOf(tx, { ...state.config, privacy: config.privacy }, subject.kind);
    const log = session.model.log.table.toString();
    await tx.unsafe('set local statement_timeout = 0');
    return { replacement, rows: await personalRows(tx, log, replacement, subject.id) };
  }).catch(error => {
    if (sqlstate(error)?.startsWith('22') !== true) throw error;
    throw usage(`"${subject.id}" is no key of ${subject.kind === 'user' ? 'a user' : 'an organization'} here.`);
  });
  if (total(rows) === 0) return nothing(session, subject, replacement);
  const question =
    `Replace the personal data of ${subject.kind} ${subject.id} in ${counted(total(rows), 'row')} of the log of ` +
    `${server.database} (${replacement.what.join(', ')})? It cannot be brought back.`;
  if (!(await context.confirm(question))) {
    throw new Problem('NOT_CONFIRMED', 'Not confirmed.', { state: UNTOUCHED, next: 'creditshift audit --help' });
  }
  // The journal keeps no user: who has the receipt and the user's ID can show that they belong to its entry, and nobody else can.
  const receipt = subject.kind === 'user' ? randomBytes(16).toString('hex') : undefined;
  const whose = receipt === undefined ? { organization: subject.id } : { user: digestOf(receipt, subject.id) };
  const { replaced, left } = await withRun(context, session, 'audit anonymize', async run => {
    await journal(run.sql, run, 'anonymize begun', { ...whose, columns: replacement.what });
    const outcome = await anonymize(run, replacement, subject, rows);
    await journal(run.sql, run, 'anonymize', { ...whose, columns: replacement.what, ...outcome });
    return outcome;
  });
  return {
    document: {
      database: server.database,
      ...subject,
      columns: replacement.what,
      replaced,
      left,
      receipt: receipt ?? null,
    },
    blocks: [
      {
        kind: 'mark',
        tone: 'good',
        text: `Replaced the personal data of ${subject.kind} ${subject.id} in ${counted(total(replaced), 'row')} of the log: ${counted(replaced.entries, 'row')} of the ledger, ${replaced.earlier} from before the migration. Nothing else in them changed.`,
      },
      {
        kind: 'facts',
        facts: [
          ['replaced', replacement.what.join(', ')],
          ...(receipt ? [['receipt', receipt] as [string, string]] : []),
        ],
      },
      ...(total(left) > 0
        ? [warn(`${counted(total(left), 'row')} came meanwhile: the same command again replaces them.`)]
        : []),
      ...REMAINS.map(warn),
    ],
  };
}

const REMAINS = [
  'Backups, archives and exports made before still have it, and a restore into a new database brings it back: do this there again.',
  'The old versions of the rows stay on the disk until VACUUM, and in the WAL archive as long as you keep that.',
];

const total = ({ entries, earlier }: Rows): number => entries + earlier;
const digestOf = (receipt: string, id: string): string => createHash('sha256').update(`${receipt}:${id}`).digest('hex');
const warn = (text: string): Block => ({ kind: 'mark', tone: 'warn', text });

function nothing({ server }: Session, subject: Subject, { what }: Replacement): Result {
  const none: Rows = { entries: 0, earlier: 0 };
  return {
    document: { database: server.database, ...subject, columns: what, replaced: none, left: none, receipt: null },
    blocks: [
      {
        kind: 'mark',
        tone: 'good',
        text: `Nothing to do: the log of ${server.database} has no personal data of ${subject.kind} ${subject.id} (${what.join(', ')}).`,
      },
    ],
  };
}

const notExpanded = (database: string): Problem =>
  new Problem(
    'STATE_CONFLICT',
    `The log of ${database} is as it was before the migration: creditshift does not keep it yet.`,
    {
      state: UNTOUCHED,
      next: 'an UPDATE of yours: nothing stands in its way; or creditshift migrate --to 040_expand_log',
    },
  );
