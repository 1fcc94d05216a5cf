import type { Parameter } from './entry.ts';

/** Options that every command takes, beside --help. */
export const GLOBAL_OPTIONS: readonly Parameter[] = [
  {
    flags: '--database-url <url>',
    meaning: 'database; else DATABASE_URL, else service, variables and files as psql reads them',
  },
  { flags: '--config <file>', meaning: 'configuration', default: 'creditshift.yaml' },
  { flags: '--json', meaning: 'one JSON document on stdout, progress as JSON lines on stderr' },
  { flags: '--yes', meaning: 'answer every question with yes' },
  { flags: '--quiet', meaning: 'no progress; of the result what is wrong, and the verdict' },
];
