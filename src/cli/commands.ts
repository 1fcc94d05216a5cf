import type { CommandEntry } from './entry.ts';

/** Every command, in the order of a migration. Adding one costs its file and an entry here. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    moment: 'Prepare',
    summary: 'write a configuration to start from',
    about: 'Writes a commented configuration to --config. It never overwrites a file.',
    example: 'creditshift init --example guardian',
    options: [{ flags: '--example <name>', meaning: 'the configuration to copy: guardian' }],
    load: async () => (await import('../commands/init.ts')).init,
  },
  {
    name: 'inspect',
    moment: 'Prepare',
    summary: 'analyse the database before anything is changed',
    about:
      'Reads what a migration will meet: tables, policies, privileges, functions, balances by plan, and conflicts. ' +
      'It is read-only and works before and after a migration.',
    example: 'creditshift inspect --database-url postgres://dba@db.example/guardian',
    load: async () => (await import('../commands/inspect.ts')).inspect,
  },
  {
    name: 'plan',
    moment: 'Prepare',
    summary: 'what migrate would do: steps, locks, allocation, conflicts',
    about:
      'Shows the pending steps with their locks, and what each organization would get. ' +
      'It changes nothing; it ends with 5 where a conflict has to be decided first.',
    example: 'creditshift plan --sql > migration.sql',
    options: [
      { flags: '--sql', meaning: 'print the SQL that migrate runs, exactly' },
      { flags: '--to <step>', meaning: 'only up to this step or stage' },
    ],
    load: async () => (await import('../commands/plan.ts')).plan,
  },
  {
    name: 'backup',
    moment: 'Prepare',
    summary: 'copy the credit tables from one snapshot into a folder',
    about:
      'Writes balances, price list, log and definitions, with checksums, and reads them back; where pg_dump is there, a ' +
      'full dump of the same snapshot too. --prove restores it into a throw-away database, counts again and charges ' +
      'once; migrate asks for that before its first step.',
    example: 'creditshift backup --prove',
    options: [
      { flags: '--out <folder>', meaning: 'default: a dated folder in ./creditshift-backups' },
      { flags: '--without-dump', meaning: 'only the credit tables: no full dump, although pg_dump is there' },
      { flags: '--prove', meaning: 'restore it into a throw-away database, and record whether all is there' },
      { flags: '--backup <folder>', meaning: 'with --prove: prove this backup, and write no new one' },
      {
        flags: '--server <kind>',
        meaning: 'with --prove: embedded (default), docker, docker:IMAGE, or the URL of a server to borrow',
      },
    ],
    load: async () => (await import('../commands/backup.ts')).backup,
  },
  {
    name: 'dry-run',
    moment: 'Prepare',
    summary: 'rehearse the whole cycle on a throw-away server',
    about:
      'Migrates, makes organizations, charges, changes plans, rolls back each way, compares catalog and data with before, ' +
      'migrates again, and records it for verify. It never touches the database of --database-url; it ends with 5 on any difference.',
    example: 'creditshift dry-run dump.sql',
    arguments: [{ flags: '[file]', meaning: 'SQL of schema and data; the Guardian example when absent' }],
    options: [
      {
        flags: '--server <kind>',
        meaning: 'embedded (default), docker, docker:IMAGE, or the URL of a server to borrow',
      },
      {
        flags: '--from <url>',
        meaning: 'rehearse on a copy of this database: it is only read, and personal columns stay there; needs pg_dump',
      },
      { flags: '--out <file>', meaning: 'where it is recorded; default: ./creditshift-state/rehearsal.json' },
    ],
    load: async () => (await import('../commands/dry-run.ts')).dryRun,
  },
  {
    name: 'migrate',
    moment: 'Cut over',
    summary: 'apply the pending steps, up to the cutover',
    about:
      'Applies the pending steps while the application goes on charging, and resumes where an earlier run stopped. ' +
      'The first step asks for a backup that was proved, `backup --prove`, not longer ago than backup.maxAge. ' +
      'The contract stage runs only when --to names it.',
    example: 'creditshift migrate --to index',
    options: [
      { flags: '--to <step>', meaning: 'the last step or stage to run' },
      { flags: '--for <time>', meaning: 'how long it may run, like 2h; it stops at a page boundary, resumable' },
      { flags: '--until <time>', meaning: 'when it stops: 04:00, local time, or a moment in ISO 8601' },
      { flags: '--drop-legacy', meaning: 'with --to contract: drop the legacy columns for good' },
      { flags: '--accept-changed-legacy', meaning: 'go on although the legacy function was changed meanwhile' },
      { flags: '--backup <folder>', meaning: 'the proved backup; default: the newest in ./creditshift-backups' },
      { flags: '--without-backup-proof', meaning: 'take the first step without a proved backup' },
    ],
    load: async () => (await import('../commands/migrate.ts')).migrate,
  },
  {
    name: 'pause',
    moment: 'Cut over',
    summary: 'stop charging: every charge is refused until resume',
    about:
      'Switches to maintenance mode, also while a run is at work: callers get the code MAINTENANCE, the legacy ' +
      'function an error, and nothing is charged. A run under way stops before the cutover.',
    example: 'creditshift pause --reason "SMS prices are wrong"',
    options: [{ flags: '--reason <text>', meaning: 'recorded in the journal' }],
    load: async () => (await import('../commands/pause.ts')).pause,
  },
  {
    name: 'resume',
    moment: 'Cut over',
    summary: 'charge again, as before the pause',
    about: 'Goes back to the mode before the pause: the new functions charge again, or the legacy one does.',
    example: 'creditshift resume',
    options: [{ flags: '--reason <text>', meaning: 'recorded in the journal' }],
    load: async () => (await import('../commands/pause.ts')).resume,
  },
  {
    name: 'guard',
    moment: 'Cut over',
    summary: 'watch after the cutover, and go back if it goes wrong',
    about:
      'Looks again and again at charges, refusals, latency, the ledger and the errors of your application, and tells ' +
      'what exceeds its limits (guard: in the configuration). It ends with 5 if any did.',
    example: 'creditshift guard --for 2h --rollback disable',
    options: [
      { flags: '--for <time>', meaning: 'how long to watch, like 2h; default: until Ctrl-C' },
      {
        flags: '--rollback <method>',
        meaning: 'go back by itself, once, when a limit is exceeded; asks at the start',
        choices: ['disable'],
      },
      { flags: '--metrics <file>', meaning: 'write each look there as OpenMetrics text, balances per pool included' },
    ],
    load: async () => (await import('../commands/guard.ts')).guard,
  },
  {
    name: 'rollback',
    moment: 'Go back',
    summary: 'back to the unified balance, by one of three methods',
    about:
      'Settles what was charged since the cutover, exactly once, and puts the legacy function back. ' +
      'disable keeps pools and log; drop removes all that was added; restore takes the legacy values of a backup, ' +
      'or with --into makes the whole database again beside the old one.',
    example: 'creditshift rollback --method disable --reason "SMS prices are wrong"',
    options: [
      { flags: '--method <method>', meaning: 'how far back', choices: ['disable', 'drop', 'restore'], required: true },
      { flags: '--from <folder>', meaning: 'restore: the backup; default: the newest good one from before' },
      {
        flags: '--balances <which>',
        meaning: 'restore: which to believe where backup and database differ',
        choices: ['current', 'backup'],
      },
      { flags: '--reason <text>', meaning: 'recorded with the run' },
      { flags: '--accept-changed-legacy', meaning: 'go on although the legacy function was changed meanwhile' },
      { flags: '--archive <folder>', meaning: 'drop, restore: where log, ledger and journal are written first' },
      {
        flags: '--into <name>',
        meaning: 'restore: all of the database, by pg_restore, into this new one; the old one is paused, and stays',
      },
      { flags: '--replay <archive>', meaning: 'with --into, where the old database cannot be read: charges to replay' },
      { flags: '--accept-unknown-window', meaning: 'with --into: give up the charges that nobody can know of' },
    ],
    load: async () => (await import('../commands/rollback.ts')).rollback,
  },
  {
    name: 'verify',
    moment: 'Evidence',
    summary: 'run the checks of the state the database is in',
    about:
      'Runs every check that fits, or the ones --only names, and stores nothing. It ends with 5 where one fails. ' +
      'It says too whether dry-run rehearsed this schema, configuration and SQL, which fails nothing.',
    example: 'creditshift verify --format junit --severity warning > creditshift.xml',
    options: [
      { flags: '--only <group|check>', meaning: 'a group of checks, or one check' },
      {
        flags: '--format <format>',
        meaning: 'table (default), JUnit XML, or annotations for GitHub Actions',
        choices: ['table', 'junit', 'github'],
      },
      {
        flags: '--severity <least>',
        meaning: 'what counts: only failures (default), or warnings like failures',
        choices: ['warning', 'failure'],
      },
      { flags: '--rehearsal <file>', meaning: 'the record of dry-run; default: ./creditshift-state/rehearsal.json' },
    ],
    load: async () => (await import('../commands/verify.ts')).verify,
  },
  {
    name: 'status',
    moment: 'Evidence',
    summary: 'where the database stands, and what to do next',
    about:
      'Shows state, steps with their times and locks, runs, the lease, how far the run under way is and what it ' +
      'waits for. It needs no configuration.',
    example: 'creditshift status --watch',
    options: [{ flags: '--watch', meaning: 'first show the progress of the run under way, until it ends' }],
    load: async () => (await import('../commands/status.ts')).status,
  },
  {
    name: 'report',
    moment: 'Evidence',
    summary: 'the completion or status report, in Markdown',
    about: 'Computes a report from the database at this moment, in one read-only snapshot.',
    example: 'creditshift report completion --out completion.md',
    arguments: [{ flags: '<kind>', meaning: 'which report', choices: ['completion', 'status'] }],
    options: [
      { flags: '--out <file>', meaning: 'write it there, with a CSV of all organizations beside it if they are many' },
      { flags: '--notes <file>', meaning: 'completion: add the text of this file' },
      { flags: '--window <time>', meaning: 'status: how far back activity is shown, like 30m, 2h, 7d; default: 2h' },
    ],
    load: async () => (await import('../commands/report.ts')).report,
  },
  {
    name: 'reallocate',
    moment: 'Afterwards',
    summary: 'give organizations the credits of the plan they should have now',
    about: 'Allocates again where the plan, or what it gives, has changed since. What is in use is kept.',
    example: 'creditshift reallocate --organization 00000000-0000-0000-0000-000000000002 --plan professional',
    options: [
      { flags: '--organization <key>', meaning: 'only this one; default: all whose plan has changed' },
      { flags: '--plan <name>', meaning: 'with --organization: this plan instead of the one the rules give' },
    ],
    load: async () => (await import('../commands/reallocate.ts')).reallocate,
  },
  {
    name: 'demo',
    moment: 'See it work',
    summary: 'the whole story on an embedded PostgreSQL',
    about: 'Migrates the Guardian example, charges, reports and rolls back each way. It touches no database of yours.',
    example: 'creditshift demo',
    options: [{ flags: '--out <folder>', meaning: 'where reports are left; default: ./creditshift-demo' }],
    load: async () => (await import('../commands/demo.ts')).demo,
  },
];
