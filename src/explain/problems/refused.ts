import { RESUMABLE, UNTOUCHED } from '../../problems.ts';
import type { ProblemExplanation } from './problem.ts';

const state = UNTOUCHED;

/** Exit 6, but for backups: refused, because it would do harm, or nobody agreed to it. */
export const REFUSED = {
  NOT_CONFIRMED: {
    message: 'This has to be confirmed, and there is no terminal to ask on.',
    meaning:
      'The command asks before it does what cannot be undone easily, and the answer was no, or nobody could be asked.',
    state,
    next: 'the same command on a terminal, or with --yes; --yes needs expect: in the configuration for a rollback',
  },
  NOTHING_TO_ROLL_BACK: {
    message: 'Nothing was migrated in this database: there is nothing to roll back.',
    meaning:
      'There is no schema creditshift here: another database than you think, or one that was rolled back already.',
    state,
    next: 'creditshift status, which names the database',
  },
  NOT_CUT_OVER: {
    message: 'There is no cutover to disable: the legacy function is live (legacy).',
    meaning: 'What was asked for needs pools in use, and clients still charge the legacy balance.',
    state,
    next: 'creditshift status; creditshift migrate goes forward, creditshift rollback --method drop removes what was added',
  },
  BALANCES_DIFFER: {
    message: 'Of 3 organizations the legacy balance now is not what backup and charges make it.',
    meaning:
      'Something wrote legacy balances that no charge accounts for, so backup and database contradict each other.',
    state,
    next: 'look at the organizations listed, then say --balances current (keep what is there) or --balances backup',
  },
  UNKNOWN_WINDOW: {
    message: 'Nobody can say what was charged in guardian between 2026-11-22T02:00:00.000Z and now.',
    meaning: 'The old database cannot be read, so charges since the backup, or since the archive, are not known.',
    state,
    next: 'make the old database readable; or --accept-unknown-window gives these charges up',
  },
  DATABASE_NOT_EMPTY: {
    message: 'The database guardian_new is there, and is not empty.',
    meaning: 'restore --into makes a new database, and overwrites none.',
    state,
    next: 'name another with --into',
  },
  SHORTFALL: {
    message: '2 organizations would go below zero.',
    meaning: 'They charged more from pools than their legacy balance could pay, and policies.shortfall is refuse.',
    state,
    next: 'set policies.shortfall: clamp to settle them at zero and list them, or give them legacy credits first',
  },
  LEGACY_CHANGED: {
    message: 'The legacy function is not the one that was found before the migration.',
    meaning:
      'Somebody changed its definition, owner, privileges or comment meanwhile, and would lose that, or get it back.',
    state,
    next: 'put it back as it was, or say --accept-changed-legacy to go on with it as it is',
  },
  LEGACY_DROPPED: {
    message: 'The legacy columns and function were dropped: there is no way back in place.',
    meaning: 'migrate --to contract --drop-legacy was run, which is the one step without an inverse.',
    state,
    next: 'creditshift rollback --method restore --into NAME, with a backup that has a dump',
  },
  CONTRACT_NOT_NAMED: {
    message: '--drop-legacy goes only with the stage that does it.',
    meaning: 'What cannot be undone has to be asked for twice.',
    state,
    next: 'creditshift migrate --to contract --drop-legacy: there is no way back from it',
  },
  WRONG_DATABASE: {
    message: 'This is guardian_staging on system 7575110925373902878.',
    meaning: 'expect: in the configuration names another database, and --yes was to act on this one.',
    state,
    next: 'connect to the database that expect: names, or correct it there',
  },
  DEPENDENTS: {
    message:
      'Something was built on top of the migration since: cannot drop function because other objects depend on it.',
    meaning: 'A view, function or key of yours leans on what would go, and nothing is ever dropped with CASCADE.',
    state: RESUMABLE,
    next: 'drop or change what the error lists; then the same command again',
  },
  STATE_CONFLICT: {
    message: 'Another run changed the migration while this one was starting.',
    meaning: 'The database is not in a state in which this can be done, or was moved by somebody else in between.',
    state: 'This run changed nothing.',
    next: 'creditshift status; then what the error says',
  },
  CAP_EXCEEDED: {
    message: 'More would be minted than --cap allows: 7200 in all, over 5000.',
    meaning: 'A reallocation would give more new credits than you allowed.',
    state,
    next: 'creditshift reallocate --dry-run, which shows who gets what; correct the plans, or raise --cap',
  },
  PAUSED: {
    message: 'Charging is paused.',
    meaning: 'Somebody ran creditshift pause, and what was asked for would make charging live.',
    state: `${RESUMABLE} No charge is taken.`,
    next: 'creditshift resume; then the same command again',
  },
  APPROVALS_MISSING: {
    message: 'This migrate needs 2 approvals; 1 is here.',
    meaning:
      'approvals: in the configuration asks for more people than --approved-by names, or they approved another plan.',
    state: 'This run changed nothing.',
    next: 'creditshift plan, which shows the hash to agree to; then --approved-by NAME, once for each',
  },
  PLAN_MOVED: {
    message: 'What was planned at 2026-11-21T20:14:03Z is not what migrate would do now.',
    meaning:
      'Since plan --out the database, the configuration or the SQL changed, or a rollback came between. Each line names one.',
    state: 'This run changed nothing.',
    next: 'creditshift plan --out FILE, then have that one approved; or put back what moved',
  },
  HOOK_FAILED: {
    message: 'The before-cutover hook failed, so there was no cutover.',
    meaning: 'Your program ended with an error or outlasted its timeout. It is the one hook that stops a run.',
    state: `${RESUMABLE} The legacy function is live.`,
    next: 'correct what the hook says; then creditshift migrate goes on with it',
  },
} as const satisfies Record<string, ProblemExplanation>;
