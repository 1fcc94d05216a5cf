import { type CommandEntry, FINDINGS, SEVERITY } from '../entry.ts';
import { CHECK_NAMES, TOPIC_NAMES } from '../names.ts';

/** What was done, and whether it holds. */
export const EVIDENCE: readonly CommandEntry[] = [
  {
    name: 'verify',
    moment: 'Evidence',
    summary: 'run the checks of the state the database is in',
    about:
      'Runs every check that fits, or the ones --only names, and stores nothing. It ends with 5 where one fails. ' +
      'It says too whether dry-run rehearsed this schema, configuration and SQL, which fails nothing.',
    example: [
      'creditshift verify',
      'creditshift verify --only ledger',
      'creditshift verify --format junit --severity warning > creditshift.xml',
    ],
    options: [
      { flags: '--only <group|check>', meaning: 'a group of checks, or one check', names: CHECK_NAMES },
      ...FINDINGS,
      SEVERITY,
      { flags: '--rehearsal <file>', meaning: 'the record of dry-run; default: ./creditshift-state/rehearsal.json' },
    ],
    load: async () => (await import('../../commands/verify.ts')).verify,
  },
  {
    name: 'status',
    moment: 'Evidence',
    summary: 'where the database stands, and what to do next',
    about:
      'Shows state, steps with their times and locks, runs, the lease, how far the run under way is and what it ' +
      'waits for. It needs no configuration.',
    example: ['creditshift status', 'creditshift status --watch'],
    options: [{ flags: '--watch', meaning: 'first follow the run under way until it ends; Ctrl-C ends with 130' }],
    load: async () => (await import('../../commands/status.ts')).status,
  },
  {
    name: 'report',
    moment: 'Evidence',
    summary: 'a report in Markdown: completion, status, margin or rehearsal',
    about:
      'Computes a report from the database at this moment, in one read-only snapshot. completion is what was migrated, ' +
      'with what result; status is the system as it is; margin is what plans, pools and organizations earn, at full use ' +
      'and so far, and what would hold the targets; rehearsal is what dry-run did, measured and found, from its record.',
    example: [
      'creditshift report completion --out completion.md',
      'creditshift report status --window 24h',
      'creditshift report margin',
    ],
    arguments: [{ flags: '<kind>', meaning: 'which report', choices: ['completion', 'status', 'margin', 'rehearsal'] }],
    options: [
      { flags: '--out <file>', meaning: 'write it there, with a CSV of all organizations beside it if they are many' },
      { flags: '--notes <file>', meaning: 'completion: add the text of this file' },
      { flags: '--window <time>', meaning: 'status: how far back activity is shown, like 30m, 2h, 7d; default: 2h' },
      { flags: '--rehearsal <file>', meaning: 'rehearsal: its record; default: ./creditshift-state/rehearsal.json' },
    ],
    load: async () => (await import('../../commands/report/report.ts')).report,
  },
  {
    name: 'explain',
    moment: 'Evidence',
    summary: 'what a code, a check or a step means, and what to do about it',
    about:
      'Tells of an error, or of a code that a function answers: what it means, the state it leaves, what to do next; of a ' +
      'check: why it matters, and its remedy; of a step: what it does, what it locks, and its inverse. A group of ' +
      'checks, or a stage, tells all of it; no name at all lists everything. It needs no database.',
    example: ['creditshift explain', 'creditshift explain LEASE_HELD', 'creditshift explain 090_cutover'],
    arguments: [
      {
        flags: '[name]',
        meaning: 'a code, a criterion, a check or a group of them, a step or a stage',
        names: TOPIC_NAMES,
      },
    ],
    load: async () => (await import('../../commands/explain.ts')).explain,
  },
  {
    name: 'audit',
    moment: 'Evidence',
    summary: 'prove ledger and journal; export, anonymize, shorten the log',
    about:
      'verify runs the checks of ledger and audit, and tells the head of the journal, whose rows are chained by their ' +
      'hashes. export writes allocations, charges, reversals and refusals, by organization, a line each, from one ' +
      'snapshot. anonymize replaces for good what is personal in all rows of an organization or of a user, of before ' +
      'the migration too; it asks. Amounts, numbers and keys stay, and so does what backups and archives have. ' +
      'retention archives whole months of the log, then removes them; balance entries stand for the charges. It asks too.',
    example: [
      'creditshift audit verify',
      'creditshift audit export --out ledger.jsonl --from 2026-11-01',
      'creditshift audit anonymize --organization 00000000-0000-0000-0000-000000000002',
      'creditshift audit retention --older-than 13mo',
    ],
    arguments: [{ flags: '<what>', meaning: 'what to do', choices: ['verify', 'export', 'anonymize', 'retention'] }],
    options: [
      { flags: '--head <position:hash>', meaning: 'verify: the journal has to have this row still, noted before' },
      { flags: '--out <file>', meaning: 'export: the file to write' },
      { flags: '--organization <key>', meaning: 'export: only this one; anonymize: whose rows' },
      { flags: '--user <id>', meaning: 'anonymize: whose rows, by the log’s column of users' },
      { flags: '--from <time>', meaning: 'export: entries from this moment on, in ISO 8601' },
      { flags: '--until <time>', meaning: 'export: entries before this moment' },
      { flags: '--format <format>', meaning: 'export: default jsonl', choices: ['jsonl', 'csv'] },
      {
        flags: '--older-than <months|day>',
        meaning: 'retention: months that ended so long ago, like 13mo, or before a day',
      },
    ],
    load: async () => (await import('../../commands/audit/audit.ts')).audit,
  },
];
