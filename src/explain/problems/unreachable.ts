import { RESUMABLE, UNTOUCHED } from '../../problems.ts';
import type { ProblemExplanation } from './problem.ts';

/** Exit 3: nobody answers, or another run is at work. */
export const UNREACHABLE = {
  CANNOT_CONNECT: {
    message: 'Cannot connect to db.example:5432/guardian: connect ECONNREFUSED 10.0.0.5:5432.',
    meaning: 'No server answered there, or it cannot be reached as the settings say (a name, a certificate, a wait).',
    state: UNTOUCHED,
    next: 'psql with the same settings: it reads them alike; then correct --database-url, DATABASE_URL or PG…',
  },
  WRONG_PASSWORD: {
    message: 'db.example:5432/guardian refuses the login: password authentication failed for user "dba".',
    meaning: 'The server knows no such login, or the password or the method of pg_hba.conf is another.',
    state: UNTOUCHED,
    next: 'correct user or password: PGPASSWORD, or a line in ~/.pgpass that only you can read',
  },
  DATABASE_MISSING: {
    message: 'db.example:5432/guardian: database "guardian" does not exist.',
    meaning: 'The server is there; the database is not.',
    state: UNTOUCHED,
    next: 'psql -l, which lists the databases; correct the name',
  },
  CONNECTION_LOST: {
    message: 'The connection to db.example:5432/guardian was lost: read ECONNRESET.',
    meaning: 'Network, pooler or server ended the session. What was under way is rolled back by the server.',
    state: RESUMABLE,
    next: 'creditshift status; then the same command again',
  },
  LEASE_HELD: {
    message: 'Another run holds the lease: migrate by dba on db.example, pid 4711.',
    meaning: 'One run at a time changes a database. A run that was killed keeps its lease until it expires.',
    state: 'This run changed nothing.',
    next: 'creditshift status --watch, which follows the other run; a lease that nobody renews frees itself within 30 s',
  },
} as const satisfies Record<string, ProblemExplanation>;
