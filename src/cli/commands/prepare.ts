import { type CommandEntry, FINDINGS, SEVERITY, serverOptions } from '../entry.ts';
import { STEP_NAMES } from '../names.ts';

/** Before a migration. */
export const PREPARE: readonly CommandEntry[] = [
  {
    name: 'init',
    moment: 'Prepare',
    summary: 'write a configuration to start from',
    about:
      'Looks at the database, which it only reads, and writes a commented configuration to --config: what it found, why, and ' +
      'what else it could be. What the database does not say is asked on a terminal; elsewhere, and where Enter is the ' +
      'answer, the line is marked FILL_IN, and no command goes on before it is filled in. It never overwrites a file.',
    example: ['creditshift init --database-url postgres://dba@db.example/shop', 'creditshift init --example guardian'],
    options: [{ flags: '--example <name>', meaning: 'copy a configuration instead, without a database: guardian' }],
    load: async () => (await import('../../commands/init.ts')).init,
  },
  {
    name: 'inspect',
    moment: 'Prepare',
    summary: 'analyse the database before anything is changed',
    about:
      'Reads what a migration will meet: tables, policies, privileges, functions, balances by plan, and conflicts. ' +
      'It is read-only and works before and after a migration.',
    example: [
      'creditshift inspect --database-url postgres://dba@db.example/guardian',
      'creditshift inspect --format github',
    ],
    options: FINDINGS,
    load: async () => (await import('../../commands/inspect.ts')).inspect,
  },
  {
    name: 'plan',
    moment: 'Prepare',
    summary: 'what migrate would do: steps, locks, allocation, conflicts',
    about:
      'Shows the pending steps with their locks, and what each organization would get. ' +
      'It changes nothing; it ends with 5 where a conflict has to be decided first. ' +
      '--out saves the plan, for people to approve and for migrate --plan to hold to.',
    example: [
      'creditshift plan',
      'creditshift plan --out plan.json',
      'creditshift plan --sql > migration.sql',
      'creditshift plan --to harden --sql',
    ],
    options: [
      { flags: '--out <path>', meaning: 'save the plan there; migrate --plan refuses it once anything has moved' },
      { flags: '--check', meaning: 'for CI: one line, and 5 where steps, a revision or drift are pending' },
      {
        flags: '--sql',
        meaning: 'print the SQL that migrate runs, exactly; with --out FOLDER write files for another tool',
      },
      {
        flags: '--naming <tool>',
        meaning: 'how these files are called: as Supabase, Flyway or Prisma want it; default: plain',
        choices: ['plain', 'supabase', 'flyway', 'prisma'],
      },
      { flags: '--to <step>', meaning: 'only up to this step or stage', names: STEP_NAMES },
      ...FINDINGS,
      SEVERITY,
    ],
    load: async () => (await import('../../commands/plan/plan.ts')).plan,
  },
  {
    name: 'privileges',
    moment: 'Prepare',
    summary: 'the least roles and grants for migrate, verify and guard',
    about:
      'Says which statements give three roles what migrate, verify and guard need on this database by this configuration, ' +
      'and no more: what everybody has, or is there, is left out. It grants nothing itself.',
    example: 'creditshift privileges --sql > privileges.sql',
    options: [
      { flags: '--sql', meaning: 'print the statements as SQL' },
      { flags: '--migrate-role <name>', meaning: 'default: creditshift_migrate' },
      { flags: '--verify-role <name>', meaning: 'default: creditshift_verify' },
      { flags: '--guard-role <name>', meaning: 'default: creditshift_guard' },
      { flags: '--guard-rollback', meaning: 'guard --rollback disable too: without it guard only reads' },
    ],
    load: async () => (await import('../../commands/privileges.ts')).privileges,
  },
  {
    name: 'preflight',
    moment: 'Prepare',
    summary: 'GO or NO-GO for a migrate, from criteria that are evaluated now',
    about:
      'Judges server, disk, activity, tables, functions, plan and proofs, each criterion with what was found and its ' +
      'remedy. What cannot be judged blocks. It commits nothing; it charges once in a transaction that is rolled back. ' +
      'NO-GO ends with 5.',
    example: ['creditshift preflight', 'creditshift preflight --out checklist.md --source ../app'],
    options: [
      { flags: '--out <file>', meaning: 'write the safety checklist there, in Markdown' },
      {
        flags: '--source <folder>',
        meaning: 'list where application code names the legacy function or a legacy column',
      },
      { flags: '--backup <folder>', meaning: 'the proved backup; default: the newest in ./creditshift-backups' },
      ...FINDINGS,
      SEVERITY,
    ],
    load: async () => (await import('../../commands/preflight/preflight.ts')).preflight,
  },
  {
    name: 'baseline',
    moment: 'Prepare',
    summary: 'measure the database before it is migrated, to compare with afterwards',
    about:
      'Measures in the server how long a charge, a balance query, an entry of the log and a read under row security take, ' +
      'in warm sessions and fresh ones. Each call is undone at once: nothing is committed. It writes ' +
      './creditshift-state/baseline.json, which migrate takes into the database; verify --only performance compares with it.',
    example: 'creditshift baseline',
    load: async () => (await import('../../commands/baseline.ts')).baseline,
  },
  {
    name: 'backup',
    moment: 'Prepare',
    summary: 'copy the credit tables from one snapshot into a folder',
    about:
      'Writes balances, price list, log and definitions, with checksums, and reads them back; where pg_dump is there, a ' +
      'full dump of the same snapshot too. --prove restores it into a throw-away database, counts again and charges ' +
      'once; migrate asks for that before its first step.',
    example: [
      'creditshift backup --prove',
      'creditshift backup --prove --server docker:postgres:17',
      'creditshift backup --prove --backup creditshift-backups/guardian-2026-11-22T020000.000Z',
    ],
    options: [
      { flags: '--out <folder>', meaning: 'default: a dated folder in ./creditshift-backups' },
      { flags: '--without-dump', meaning: 'only the credit tables: no full dump, although pg_dump is there' },
      { flags: '--prove', meaning: 'restore it into a throw-away database, and record whether all is there' },
      { flags: '--backup <folder>', meaning: 'with --prove: prove this backup, and write no new one' },
      ...serverOptions('with --prove: ', 'the database’s'),
    ],
    load: async () => (await import('../../commands/backup/backup.ts')).backup,
  },
  {
    name: 'dry-run',
    moment: 'Prepare',
    summary: 'rehearse the whole cycle on a throw-away server',
    about:
      'Migrates, makes organizations, charges, also from 16 clients at once, changes plans, rolls back each way, compares catalog and data with before, ' +
      'migrates again, and records it for verify. It never touches the database of --database-url; it ends with 5 on any difference.',
    example: [
      'creditshift dry-run',
      'creditshift dry-run dump.sql',
      'creditshift dry-run --from postgres://dba@db.example/guardian',
    ],
    arguments: [{ flags: '[file]', meaning: 'SQL of schema and data; the Guardian example when absent' }],
    options: [
      ...serverOptions('', 'that of --from, or of the dump, else 15 embedded, 17 in a container'),
      {
        flags: '--from <url>',
        meaning: 'rehearse on a copy of this database: it is only read, and personal columns stay there; needs pg_dump',
      },
      { flags: '--out <file>', meaning: 'where it is recorded; default: ./creditshift-state/rehearsal.json' },
      ...FINDINGS,
    ],
    load: async () => (await import('../../commands/dry-run/dry-run.ts')).dryRun,
  },
  {
    name: 'shadow',
    moment: 'Prepare',
    summary: 'compare old and new decisions of real calls before the cutover',
    about:
      'Decides once more, as the new function would, what the legacy one decided: the calls that a shim noted, or those in ' +
      'the log. No pool is charged. Says how many are decided alike, by action, and why others are not; it ends with 5 ' +
      'where any is not. The shim is removed by --remove, by the cutover, and by every rollback.',
    example: ['creditshift shadow --from-log --window 30d', 'creditshift shadow --install', 'creditshift shadow'],
    options: [
      { flags: '--install', meaning: 'put a shim around the legacy function, which notes every call' },
      { flags: '--remove', meaning: 'put the legacy function back behind its name' },
      { flags: '--from-log', meaning: 'compare the calls of the legacy log; needs no shim and no migration' },
      { flags: '--window <time>', meaning: 'only calls of the last so long, like 30d' },
      ...FINDINGS,
    ],
    load: async () => (await import('../../commands/shadow/shadow.ts')).shadow,
  },
  {
    name: 'completion',
    moment: 'Prepare',
    summary: 'print a script that completes command lines in your shell',
    about:
      'Completes commands, options, their choices, and the names of steps and checks. The script runs no program and asks ' +
      'no database; print it anew after an update.',
    example: ['source <(creditshift completion bash)', 'creditshift completion fish | source'],
    arguments: [{ flags: '<shell>', meaning: 'which shell', choices: ['bash', 'zsh', 'fish'] }],
    load: async () => (await import('../completion/completion.ts')).completion,
  },
];
