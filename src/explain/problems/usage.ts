import { RESUMABLE, UNTOUCHED } from '../../problems.ts';
import type { ProblemExplanation } from './problem.ts';

const state = UNTOUCHED;

/** Exit 2: nothing was begun. */
export const USAGE = {
  USAGE: {
    message: 'No command was given.',
    meaning: 'The command line, or a file that it names, cannot be used as it is.',
    state,
    next: 'creditshift COMMAND --help, which has its options and examples',
  },
  CONFIG_MISSING: {
    message: 'There is no configuration at creditshift.yaml.',
    meaning: 'The command needs the configuration, and it is not where --config says, or cannot be read.',
    state,
    next: 'creditshift init, which writes one; --config FILE names another',
  },
  CONFIG_INVALID: {
    message: 'The configuration creditshift.yaml has 2 faults.',
    meaning:
      'The configuration breaks a rule, contradicts itself, or names what the database has otherwise. Every fault is listed.',
    state,
    next: 'correct each line named; an editor that reads the first line of the file marks them as you type',
  },
  CONFIG_INCOMPLETE: {
    message: 'The configuration creditshift.yaml has 3 lines to fill in.',
    meaning: 'init marks with FILL_IN what the database does not say, and nobody has answered it yet.',
    state,
    next: 'answer each line named; then the same command again',
  },
  CONFIG_NEWER: {
    message: 'creditshift.yaml is of version 2, and this creditshift reads version 1: the file is newer.',
    meaning: 'The file was written for a later creditshift.',
    state,
    next: 'install that version, or write the file for this one',
  },
  BALANCE_NOT_FOUND: {
    message: 'No table in shop looks like it holds credit balances.',
    meaning: 'init looks for columns of numbers whose names have to do with credits or balances, and found none.',
    state,
    next: 'check --database-url and what this login may read; or init --example guardian, and fill it in by hand',
  },
  CHARTS_UNAVAILABLE: {
    message: 'echarts, which draws the charts of an HTML report, is not installed.',
    meaning: 'echarts is optional, and was left out when creditshift was installed. Markdown and --json need nothing.',
    state,
    next: 'npm install echarts; or the same command without --format html',
  },
  CONFIG_EXISTS: {
    message: 'creditshift.yaml exists already; nothing was overwritten.',
    meaning: 'init never overwrites a file.',
    state,
    next: 'name another file with --config, or move this one away',
  },
  SERVER_TOO_OLD: {
    message: 'The server is PostgreSQL 14.11; creditshift needs 15 or later.',
    meaning: 'What the steps rely on came with PostgreSQL 15.',
    state,
    next: 'upgrade the server first',
  },
  PRIVILEGE_MISSING: {
    message: 'The role lacks a privilege: permission denied for table organizations.',
    meaning: 'The login may not do what the command does. Of several steps none was half done.',
    state: RESUMABLE,
    next: 'grant it, or connect as the owner of the credit tables; then the same command again',
  },
  TABLE_MISSING: {
    message: 'The configuration names what the database does not have.',
    meaning: 'The configuration names a table that is not there, or that this login cannot see.',
    state,
    next: 'creditshift inspect, which lists the tables that look like it; correct the name',
  },
  COLUMN_MISSING: {
    message: 'The configuration names what the database does not have.',
    meaning: 'The configuration names a column that its table does not have.',
    state,
    next: 'creditshift inspect, which lists the columns; correct the name',
  },
  FUNCTION_MISSING: {
    message: 'There is no function public.consume_credits(uuid,text).',
    meaning: 'No function has the name and the parameter types of functions.consume.legacy.',
    state,
    next: 'write it as the error lists it, with its types; creditshift inspect shows functions that touch credits',
  },
  STATE_NEWER: {
    message: 'Schema creditshift has version 2; this program knows 1.',
    meaning: 'A later creditshift migrated this database.',
    state,
    next: 'install the creditshift that migrated it, or a later one',
  },
  READ_ONLY_SERVER: {
    message: 'The server does not accept writes (a standby, or read-only by setting).',
    meaning: 'It is a standby, or default_transaction_read_only is on for this login.',
    state,
    next: 'connect to the primary, or switch the setting off for this role',
  },
  DIRECT_CONNECTION_NEEDED: {
    message: 'A pooler is in between, and 080_index builds indexes.',
    meaning:
      'An index build, a dump and a new database need a session of their own, which a pooler in transaction mode does not give.',
    state: RESUMABLE,
    next: 'connect to the server itself: its own host and port, past PgBouncer or the pooler of your provider',
  },
  DISPOSABLE_UNAVAILABLE: {
    message: 'The schema could not be put on the throw-away server.',
    meaning: 'A rehearsal or a proof needs a throw-away server, and the one asked for cannot be had or does not fit.',
    state,
    next: 'name another with --server: embedded, docker, docker:IMAGE, or the URL of a superuser',
  },
  PG_DUMP_NEEDED: {
    message: '--from needs pg_dump and pg_restore of PostgreSQL 17 or later.',
    meaning: 'A client program is missing, or older than the server.',
    state,
    next: 'install the client programs of the server’s version (on Debian: postgresql-client-NN)',
  },
} as const satisfies Record<string, ProblemExplanation>;
