import { paused, sqlstate } from '../../database/errors.ts';
import { Problem, type ProblemCode, RESUMABLE } from '../../problems.ts';
import type { Session } from '../session/session.ts';
import type { CreditsOptions } from './options.ts';

const UNCHANGED = 'The ledger is as it was before this call.';

/** What to do about each code that reverse_credits, top_up_credits and reset_cycle raise as their hint. */
const REMEDIES: Record<string, (options: CreditsOptions, session: Session) => [code: ProblemCode, next: string]> = {
  UNKNOWN_ORGANIZATION: () => ['USAGE', 'name an organization that has a balance row'],
  UNKNOWN_POOL: (_, { model }) => ['USAGE', `name one of ${model.pools.map(p => p.name).join(', ')}`],
  UNKNOWN_ENTRY: options => ['USAGE', `${exportOf(options)}   lists its charges by number`],
  INVALID_QUANTITY: () => ['USAGE', 'name 1 or more'],
  INVALID_REFERENCE: () => ['USAGE', 'name the payment with --payment: it makes the top-up count once'],
  INVALID_PERIOD: () => ['USAGE', 'name the first day of the cycle, like 2026-12-01'],
  QUANTITY_OVERFLOW: () => ['USAGE', 'name fewer: a pool holds no more than the type of its column'],
  IDEMPOTENCY_CONFLICT: options => ['STATE_CONFLICT', `${exportOf(options)}   shows what it was used for`],
  ALREADY_REVERSED: options => ['STATE_CONFLICT', `${exportOf(options)}   shows what was reversed of it`],
  NOT_ALLOCATED: ({ organization }) => [
    'STATE_CONFLICT',
    `creditshift reallocate --organization ${organization} --plan NAME   gives it pools`,
  ],
  PERIOD_PASSED: () => ['STATE_CONFLICT', 'nothing, where that is right; or begin a cycle after it'],
};

/** An error of one of the functions as a Problem with the next command; anything else passes through. */
export function creditsProblem(error: unknown, options: CreditsOptions, session: Session): unknown {
  const { message, hint = '' } = error as Error & { hint?: string };
  const { organization = '' } = options;
  const state = sqlstate(error);
  // Of the options only keys and numbers can be of another type, or out of range.
  if (state === '22P02' || state === '22003') return problem('USAGE', message, 'creditshift credits --help', error);
  if (state !== '22023') return error;
  if (hint === 'MAINTENANCE') return paused(error);
  const remedy = REMEDIES[hint];
  if (!remedy) return error;
  const [code, next] = remedy(options, session);
  return problem(code, message.includes(organization) ? message : `${organization}: ${message}`, next, error);
}

/** @throws Problem NOT_CUT_OVER, PAUSED where the pools are not what is charged */
export function requireLive({ state, server }: Session): void {
  if (state?.mode === 'live') return;
  if (state?.mode === 'maintenance') throw paused();
  throw new Problem('NOT_CUT_OVER', `The pools of ${server.database} are not live: credits go by the legacy balance.`, {
    state: RESUMABLE,
    next: 'creditshift status; after creditshift migrate the same command again',
  });
}

const exportOf = ({ organization }: CreditsOptions) =>
  `creditshift audit export --organization ${organization} --out ledger.jsonl`;

const problem = (code: ProblemCode, message: string, next: string, cause: unknown) =>
  new Problem(code, `${message}.`, { state: UNCHANGED, next, cause });
