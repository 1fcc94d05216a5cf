import { APPROVED_BY, type CommandEntry } from '../entry.ts';
import { STEP_NAMES } from '../names.ts';

/** The migration itself, and the hours after it. */
export const CUT_OVER: readonly CommandEntry[] = [
  {
    name: 'migrate',
    moment: 'Cut over',
    summary: 'apply the pending steps, up to the cutover',
    about:
      'Applies the pending steps while the application goes on charging, and resumes where an earlier run stopped. ' +
      'The first step asks for a backup that was proved, `backup --prove`, not longer ago than backup.maxAge. ' +
      'The contract stage runs only when --to names it.',
    example: [
      'creditshift migrate --to index',
      'creditshift migrate --until 04:00',
      'creditshift migrate --to contract',
    ],
    options: [
      { flags: '--to <step>', meaning: 'the last step or stage to run', names: STEP_NAMES },
      { flags: '--plan <file>', meaning: 'only as plan --out saved it: refused where anything moved since' },
      { flags: '--for <time>', meaning: 'how long it may run, like 2h; it stops at a page boundary, resumable' },
      { flags: '--until <time>', meaning: 'when it stops: 04:00, local time, or a moment in ISO 8601' },
      { flags: '--drop-legacy', meaning: 'with --to contract: drop the legacy columns for good' },
      { flags: '--accept-changed-legacy', meaning: 'go on although the legacy function was changed meanwhile' },
      { flags: '--backup <folder>', meaning: 'the proved backup; default: the newest in ./creditshift-backups' },
      { flags: '--without-backup-proof', meaning: 'take the first step without a proved backup' },
      APPROVED_BY,
    ],
    load: async () => (await import('../../commands/migrate/migrate.ts')).migrate,
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
    load: async () => (await import('../../commands/session/pause.ts')).pause,
  },
  {
    name: 'resume',
    moment: 'Cut over',
    summary: 'charge again, as before the pause',
    about: 'Goes back to the mode before the pause: the new functions charge again, or the legacy one does.',
    example: 'creditshift resume',
    options: [{ flags: '--reason <text>', meaning: 'recorded in the journal' }],
    load: async () => (await import('../../commands/session/pause.ts')).resume,
  },
  {
    name: 'guard',
    moment: 'Cut over',
    summary: 'watch after the cutover, and go back if it goes wrong',
    about:
      'Looks again and again at charges, refusals, latency, the ledger and the errors of your application, and tells ' +
      'what exceeds its limits (guard: in the configuration). It ends with 5 if any did.',
    example: [
      'creditshift guard --for 2h',
      'creditshift guard --for 2h --rollback disable --metrics /var/lib/node_exporter/creditshift.prom',
    ],
    options: [
      { flags: '--for <time>', meaning: 'how long to watch, like 2h; default: until Ctrl-C' },
      {
        flags: '--rollback <method>',
        meaning: 'go back by itself, once, when a limit is exceeded; asks at the start',
        choices: ['disable'],
      },
      { flags: '--metrics <file>', meaning: 'write each look there as OpenMetrics text, balances per pool included' },
      APPROVED_BY,
    ],
    load: async () => (await import('../../commands/guard.ts')).guard,
  },
];
