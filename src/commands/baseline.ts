import { baselineFile, prepareBaseline, writeBaseline } from '../baseline/file.ts';
import { measure } from '../baseline/measure.ts';
import {
  type Measured,
  OPERATION_NAMES,
  OPERATIONS,
  type Percentiles,
  type Performance,
} from '../checks/performance/measured.ts';
import { recordedCatalog } from '../database/catalog.ts';
import { connect } from '../database/connect.ts';
import type { Block, Result } from '../output/types.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { catalogHash } from '../rehearsal/hashes.ts';
import { version } from '../version.ts';
import type { Context } from './session/context.ts';
import { readOnly, type Session, withSession } from './session/session.ts';
import { fileProblem, wholeFile } from './shown/whole-file.ts';

/**
 * Records what the database is like before its migration, for the checks after it to compare with. Commits nothing.
 * @throws Problem STATE_CONFLICT where a migration has begun; READ_ONLY_SERVER on a standby; USAGE for the file
 */
export async function baseline(context: Context): Promise<Result> {
  const file = baselineFile(context.folder);
  return withSession(context, async session => {
    requireUnmigrated(session);
    await prepareBaseline(context.folder).catch(cause => {
      throw fileProblem(`Cannot make the folder of ${file}`, cause);
    });
    const { database, systemIdentifier, direct } = session.server;
    const fresh = async () => (await connect(context.target, 'creditshift', 1)).sql;
    const performance = await measure(session, direct ? fresh : undefined, name =>
      context.progress({ event: 'work', what: `measuring: ${OPERATIONS[name]}` }),
    );
    const { schema, recordedAt } = await readOnly(session, async tx => {
      const [now] = await tx<{ time: string }[]>`
        select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time`;
      return { schema: catalogHash(await recordedCatalog(tx)), recordedAt: now?.time ?? '' };
    });
    const recorded = { creditshift: version, recordedAt, database, systemIdentifier, schema, performance };
    await wholeFile(file, partial => writeBaseline(partial, recorded));
    return {
      document: { file, ...recorded },
      blocks: [
        { kind: 'title', text: `${database} before its migration` },
        tableOf(performance),
        ...OPERATION_NAMES.flatMap(name => unmeasured(OPERATIONS[name], performance[name])),
        { kind: 'mark', tone: 'good', text: `Recorded in ${file}; migrate takes it into the database.` },
        { kind: 'text', text: 'Next: creditshift preflight' },
      ],
    };
  });
}

function requireUnmigrated({ state, server }: Session): void {
  if (state)
    throw new Problem(
      'STATE_CONFLICT',
      `The migration of ${server.database} has begun: what was before can be measured no more.`,
      { state: UNTOUCHED, next: 'creditshift verify --only performance' },
    );
  if (server.recovery)
    throw new Problem('READ_ONLY_SERVER', 'This server is a standby in recovery: it is not where charges are made.', {
      state: UNTOUCHED,
      next: 'connect to the primary',
    });
}

const milliseconds = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(3)} ms`);

function tableOf(performance: Performance): Block {
  const rows = OPERATION_NAMES.flatMap(name => {
    const found = performance[name];
    if ('notMeasured' in found) return [];
    const { warm, cold } = found;
    const ofCold = (p: keyof Percentiles) => milliseconds(cold?.[p]);
    return [[OPERATIONS[name], ...[warm.p50, warm.p95, warm.p99].map(milliseconds), ofCold('p50'), ofCold('p99')]];
  });
  return {
    kind: 'table',
    columns: [
      { title: 'in the server' },
      ...['p50', 'p95', 'p99', 'cold p50', 'cold max'].map(title => ({ title, align: 'right' as const })),
    ],
    rows,
    note: 'Cold is the first call of a fresh session, not an empty cache.',
  };
}

const unmeasured = (name: string, found: Measured): Block[] =>
  'notMeasured' in found ? [{ kind: 'mark', tone: 'warn', text: `${name}: not measured: ${found.notMeasured}` }] : [];
