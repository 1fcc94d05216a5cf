import postgres from 'postgres';
import { Problem, type ProblemCode, RESUMABLE, UNTOUCHED } from '../problems.ts';

const CONNECT = {
  next: 'check --database-url, DATABASE_URL or the PG… variables; `psql` with the same must connect',
  state: UNTOUCHED,
};

/** What a socket says. In the midst of a run too: the driver connects again whenever it needs to. */
const UNREACHABLE = [
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'ENOENT',
  ],
  'CONNECT_TIMEOUT',
];

/** What a driver or server error means for a user; a Problem passes through, anything unknown stays what it is. */
export function asProblem(error: unknown, target: string): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const code = (error as { code?: string }).code ?? '';
  const problem = (name: ProblemCode, message: string, rest: { state: string; next: string }) =>
    new Problem(name, message, { ...rest, cause: error });

  if (code === 'ERR_INVALID_URL') return problem('CANNOT_CONNECT', 'The database URL cannot be read.', CONNECT);
  if (code === '28P01' || code === '28000') {
    return problem('WRONG_PASSWORD', `${target} refuses the login: ${error.message}.`, CONNECT);
  }
  if (code === '3D000') return problem('DATABASE_MISSING', `${target}: ${error.message}.`, CONNECT);
  if (code.startsWith('CONNECTION_') || code.startsWith('57P0') || code === '53300' || UNREACHABLE.includes(code)) {
    return problem('CONNECTION_LOST', `The connection to ${target} was lost: ${describe(error)}.`, {
      state: `${RESUMABLE} What was under way is rolled back by the server.`,
      next: 'creditshift status; then the same command again',
    });
  }
  if (code === '42501') {
    return problem('PRIVILEGE_MISSING', `The role lacks a privilege: ${error.message}.`, {
      state: RESUMABLE,
      next: 'grant it, or connect as the owner of the credit tables; then the same command again',
    });
  }
  if (code === '57000') return paused(error);
  if (code === '25006') {
    return problem('READ_ONLY_SERVER', 'The server does not accept writes (a standby, or read-only by setting).', {
      state: UNTOUCHED,
      next: 'connect to the primary, or as a role whose default_transaction_read_only is off',
    });
  }
  if (['55P03', '40P01', '40001'].includes(code)) {
    return problem('LOCK_TIMEOUT', `A lock was not to be had: ${error.message}.`, {
      state: RESUMABLE,
      next: 'the same command again; `creditshift status` shows who holds what',
    });
  }
  if (code.startsWith('53')) {
    return problem('STEP_FAILED', `The server is out of a resource: ${error.message}.`, {
      state: `${RESUMABLE} The statement was rolled back.`,
      next: 'make room, then the same command again',
    });
  }
  if (error instanceof postgres.PostgresError) {
    return problem('STEP_FAILED', `The server refused a statement: ${error.message} (${code}).`, {
      state: `${RESUMABLE} The statement was rolled back.`,
      next: 'creditshift status; correct the cause; then the same command again',
    });
  }
  return error;
}

/** Charging was paused, and what was asked for would make it live. */
export const paused = (cause?: unknown): Problem =>
  new Problem('PAUSED', 'Charging is paused.', {
    state: `${RESUMABLE} No charge is taken.`,
    next: 'creditshift resume; then the same command again',
    cause,
  });

/**
 * As asProblem, for what fails before there is a connection: nothing was lost then, and nothing begun.
 * @param unreached what to do where nobody answers, if more is known than for any server
 */
export function asConnectProblem(error: unknown, target: string, unreached?: string): unknown {
  const problem = asProblem(error, target);
  const early = problem instanceof Problem && ['CONNECTION_LOST', 'STEP_FAILED'].includes(problem.code);
  if (!(error instanceof Error) || !(early || error instanceof URIError)) return problem;
  return new Problem('CANNOT_CONNECT', `Cannot connect to ${target}: ${describe(error)}.`, {
    ...CONNECT,
    ...(unreached && UNREACHABLE.includes((error as { code?: string }).code ?? '') && { next: unreached }),
    cause: error,
  });
}

function describe(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(e => (e as Error).message).join('; ');
  return error.message || String((error as { code?: string }).code);
}

/** SQLSTATE of an error, or undefined. */
export function sqlstate(error: unknown): string | undefined {
  return error instanceof postgres.PostgresError ? error.code : undefined;
}
