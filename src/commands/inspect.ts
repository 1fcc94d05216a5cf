import { CONFLICTS } from '../allocation/conflicts.ts';
import { databaseState } from '../checks/state.ts';
import { loadConfig } from '../config/load.ts';
import { connect, describeTarget, type ServerFacts, type Sql } from '../database/connect.ts';
import { asProblem } from '../database/errors.ts';
import { inspectionBlocks } from '../inspect/blocks.ts';
import { creditCandidates } from '../inspect/candidates.ts';
import { findingsOf, REMARKS } from '../inspect/findings.ts';
import { readInspection } from '../inspect/read.ts';
import type { Result } from '../output/types.ts';
import { Problem } from '../problems.ts';
import type { Context } from './session/context.ts';
import { openSession, readOnly, type Session } from './session/session.ts';
import { byCode, summary } from './shown/findings.ts';

/**
 * The analysis before a migration, read-only; it works afterwards too.
 * @throws Problem TABLE_MISSING, COLUMN_MISSING, FUNCTION_MISSING with what is there instead
 */
export async function inspect(context: Context): Promise<Result> {
  const config = await loadConfig(context.configPath);
  const { sql, server } = await connect(context.target);
  try {
    const session = await openSession(sql, server, config).catch(error => withCandidates(sql, error));
    context.progress({ event: 'work', what: 'reading tables, balances and log' });
    return await analyse(session);
  } catch (error) {
    throw asProblem(error, describeTarget(context.target));
  } finally {
    await sql.end({ timeout: 2 });
  }
}

async function analyse(session: Session): Promise<Result> {
  const { config, model, server, state } = session;
  const inspection = await readOnly(session, tx => readInspection(tx, config, model));
  const findings = findingsOf(inspection);
  const standing = databaseState(state);
  const results = byCode({
    group: 'inspect',
    claim: 'nothing stands out that a migration will meet',
    remedy: 'decide it in the configuration, or correct the database',
    codes: [...CONFLICTS, ...REMARKS],
    found: findings,
  });
  return {
    document: { server, state: standing, ...inspection, findings },
    findings: { results, summary: summary(results, 'questions') },
    blocks: [
      { kind: 'title', text: `Inspection of ${server.database}` },
      { kind: 'facts', facts: serverFacts(server, standing) },
      ...inspectionBlocks(inspection, findings),
      { kind: 'text', text: `\nNext: creditshift ${state ? 'status' : 'plan'}` },
    ],
  };
}

function serverFacts(server: ServerFacts, standing: string): [string, string][] {
  return [
    ['Server', `PostgreSQL ${server.version}${server.recovery ? ', a standby' : ''}`],
    ['Database', `${server.database}, as ${server.user}`],
    ['System identifier', server.systemIdentifier],
    ['State', standing],
  ];
}

/** The configuration names what is not there: the same problem, with what is. */
async function withCandidates(sql: Sql, error: unknown): Promise<never> {
  const missing = ['TABLE_MISSING', 'COLUMN_MISSING', 'FUNCTION_MISSING'];
  if (!(error instanceof Problem) || !missing.includes(error.code)) throw error;
  throw new Problem(error.code, error.message, {
    state: error.state,
    next: 'correct the configuration to what is there, or --database-url; then creditshift inspect',
    details: [...error.details, ...(await creditCandidates(sql))],
    cause: error,
  });
}
