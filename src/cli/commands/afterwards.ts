import type { CommandEntry } from '../entry.ts';

/** Life with pools. */
export const AFTERWARDS: readonly CommandEntry[] = [
  {
    name: 'reallocate',
    moment: 'Afterwards',
    summary: 'give organizations the credits of the plan they should have now',
    about:
      'Allocates again where the plan, or what it gives, has changed since. What is in use is kept, or given back by ' +
      '--usage reset. It asks, and says what that mints; --dry-run shows who gets what, those first where most changes. ' +
      'More than --cap is refused before anything is written.',
    example: [
      'creditshift reallocate --dry-run --cap 5000 sms=100 --out difference.csv',
      'creditshift reallocate --organization 00000000-0000-0000-0000-000000000002 --plan professional',
    ],
    options: [
      { flags: '--organization <key>', meaning: 'only this one; default: all whose plan has changed' },
      { flags: '--plan <name>', meaning: 'with --organization: this plan instead of the one the rules give' },
      {
        flags: '--usage <what>',
        meaning: 'what becomes of credits in use: keep (default), or reset',
        choices: ['keep', 'reset'],
      },
      { flags: '--cap <credits...>', meaning: 'mint no more than these: 5000 in all, sms=100 of a pool' },
      { flags: '--dry-run', meaning: 'only show what would change, organization by organization' },
      { flags: '--out <file>', meaning: 'write that for all of them there, as CSV' },
    ],
    load: async () => (await import('../../commands/reallocate/reallocate.ts')).reallocate,
  },
  {
    name: 'credits',
    moment: 'Afterwards',
    summary: 'top up, reverse a charge, or begin a cycle, each once',
    about:
      'top-up adds paid credits to a pool, once a payment. reverse gives a charge back whose provider failed: all that ' +
      'is left of its quantity, or a part. cycle gives each pool again what its plan gave and keeps what is left of ' +
      'paid credits, of one organization or, in pages, of all; it asks for all, and goes on where it was stopped. They ' +
      'are the functions top_up_credits, reverse_credits and reset_cycle: run again, they change nothing.',
    example: [
      'creditshift credits cycle --day 2026-11-01',
      'creditshift credits top-up --organization 00000000-0000-0000-0000-000000000002 --pool sms --credits 100 --payment pi_3Q',
      'creditshift credits reverse --organization 00000000-0000-0000-0000-000000000002 --entry 12 --reason "Twilio failed"',
    ],
    arguments: [{ flags: '<what>', meaning: 'what to do', choices: ['top-up', 'reverse', 'cycle'] }],
    options: [
      { flags: '--organization <key>', meaning: 'whose credits; cycle: default all that have pools' },
      { flags: '--pool <name>', meaning: 'top-up: the pool' },
      { flags: '--credits <n>', meaning: 'top-up: how many were paid' },
      { flags: '--payment <reference>', meaning: 'top-up: the payment, which counts once for an organization' },
      { flags: '--entry <n>', meaning: 'reverse: the charge, by its number among the organization’s entries' },
      { flags: '--quantity <n>', meaning: 'reverse: a part of it; default: all that is left' },
      { flags: '--key <key>', meaning: 'reverse: an idempotency key, so that a part counts once' },
      { flags: '--day <date>', meaning: 'cycle: its first day, like 2026-11-01; not before it begins in the database' },
      { flags: '--reason <text>', meaning: 'recorded in the journal; of a reversal in the log too' },
    ],
    load: async () => (await import('../../commands/credits/credits.ts')).credits,
  },
];
