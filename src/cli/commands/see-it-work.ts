import { type CommandEntry, serverOptions } from '../entry.ts';

/** The story without a database of one’s own. */
export const SEE_IT_WORK: readonly CommandEntry[] = [
  {
    name: 'demo',
    moment: 'See it work',
    summary: 'the whole story on a throw-away server',
    about: 'Migrates the Guardian example, charges, reports and rolls back each way. It touches no database of yours.',
    example: ['creditshift demo', 'creditshift demo --out /tmp/demo'],
    options: [
      ...serverOptions(),
      { flags: '--out <folder>', meaning: 'where reports are left; default: ./creditshift-demo' },
    ],
    load: async () => (await import('../../commands/demo.ts')).demo,
  },
];
