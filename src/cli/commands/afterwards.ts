import type { CommandEntry } from '../entry.ts';

/** Life with pools. */
export const AFTERWARDS: readonly CommandEntry[] = [
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
    load: async () => (await import('../../commands/reallocate.ts')).reallocate,
  },
];
