import { APPROVED_BY, type CommandEntry } from '../entry.ts';

/** Back to the unified balance. */
export const GO_BACK: readonly CommandEntry[] = [
  {
    name: 'rollback',
    moment: 'Go back',
    summary: 'back to the unified balance, by one of three methods',
    about:
      'Settles what was charged since the cutover, exactly once, and puts the legacy function back. ' +
      'disable keeps pools and log; drop removes all that was added; restore takes the legacy values of a backup, ' +
      'or with --into makes the whole database again beside the old one.',
    example: [
      'creditshift rollback --method disable --reason "SMS prices are wrong"',
      'creditshift rollback --method drop',
      'creditshift rollback --method restore --balances current',
      'creditshift rollback --method restore --into guardian_restored',
    ],
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
      APPROVED_BY,
      { flags: '--archive <folder>', meaning: 'drop, restore: where log, ledger and journal are written first' },
      {
        flags: '--into <name>',
        meaning: 'restore: all of the database, by pg_restore, into this new one; the old one is paused, and stays',
      },
      { flags: '--replay <archive>', meaning: 'with --into, where the old database cannot be read: charges to replay' },
      { flags: '--accept-unknown-window', meaning: 'with --into: give up the charges that nobody can know of' },
    ],
    load: async () => (await import('../../commands/rollback/rollback.ts')).rollback,
  },
];
