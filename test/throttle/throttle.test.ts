import { expect, test } from 'vitest';
import { status } from '../../src/commands/status.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import type { Signal } from '../../src/throttle/signal.ts';
import { type Hold, openThrottle } from '../../src/throttle/throttle.ts';
import { addOrganizations, migrationRecords, yamlWith } from '../allocation/organizations.ts';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';
import { connectStandby } from './standby.ts';

/** A signal that answers from a list, and with its last answer from then on. */
function scripted(...answers: (string | undefined)[]): Signal & { looks: () => number } {
  let looks = 0;
  return {
    name: 'archiving',
    looks: () => looks,
    reason: async () => answers[Math.min(looks++, answers.length - 1)],
  };
}

const settings = (told: (Hold | undefined)[], rest: object = {}) => ({
  patience: 60_000,
  announce: async (hold: Hold | undefined) => void told.push(hold),
  stopping: () => false,
  ...rest,
});

test('it holds until no signal speaks against going on, and says why', async () => {
  const told: (Hold | undefined)[] = [];
  const throttle = openThrottle([scripted('a', 'b', undefined)], settings(told));
  await throttle.pass();
  expect(told).toEqual([{ signal: 'archiving', reason: 'a', seconds: 0 }, undefined]);
  expect(throttle.held()).toBeGreaterThanOrEqual(190);
});

test('where nothing holds, nothing is told, and it does not look at every page', async () => {
  const told: (Hold | undefined)[] = [];
  const signal = scripted(undefined);
  const throttle = openThrottle([signal], settings(told));
  for (let page = 0; page < 50; page++) await throttle.pass();
  expect([told, throttle.held(), signal.looks()]).toEqual([[], 0, 1]);
});

test('all workers wait for the same look', async () => {
  const signal = scripted('busy', undefined);
  const throttle = openThrottle([signal], settings([]));
  await Promise.all(Array.from({ length: 8 }, () => throttle.pass()));
  expect(signal.looks()).toBe(2);
});

test('a hold that outlasts the patience ends the run, resumable', async () => {
  const throttle = openThrottle([scripted('WAL archiving fails')], settings([], { patience: 300 }));
  await expect(throttle.pass()).rejects.toMatchObject({
    code: 'THROTTLED',
    exitCode: 4,
    message: expect.stringContaining('WAL archiving fails'),
  });
});

test('a request to stop ends a hold', async () => {
  const told: (Hold | undefined)[] = [];
  let stop = false;
  const throttle = openThrottle([scripted('busy')], settings(told, { stopping: () => stop }));
  const passing = throttle.pass();
  stop = true;
  await passing;
});

test('what the server refuses to tell holds; a lost connection ends the run', async () => {
  const { sql } = await freshDatabase();
  const told: (Hold | undefined)[] = [];
  const refused = {
    name: 'latency',
    reason: async () => (await sql`select * from public.missing`) && undefined,
  } as const;
  let stop = false;
  const throttle = openThrottle([refused], {
    ...settings(told, { stopping: () => stop }),
    announce: async hold => {
      told.push(hold);
      stop = true;
    },
  });
  await throttle.pass();
  expect(told[0]?.reason).toMatch(/^latency cannot be read: relation "public.missing" does not exist/);

  const lost = openThrottle([{ name: 'latency', reason: () => Promise.reject(new Error('gone')) }], settings([]));
  await expect(lost.pass()).rejects.toThrow('gone');
});

test('a migrate holds while the standby it is told of is missing, shows why, and then goes on', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 300);
  const throttle = { replication: { megabytes: 1_000_000, standbys: ['standby_migrate'] }, latency: false };
  const context = contextFor(url, yamlWith({ rows: 50 }, { throttle }));
  const waiting: Extract<ProgressEvent, { event: 'waiting' }>[] = [];
  let seen: unknown;
  await migrate({
    ...context,
    progress: event => {
      if (event.event !== 'waiting') return;
      waiting.push(event);
      // Somebody looks from a second terminal, and then mends it.
      seen ??= (async () => {
        for (;;) {
          const { document } = await status(context);
          const { progress } = document.underWay as { progress: ProgressEvent | null };
          if (progress?.event !== 'waiting') continue;
          return connectStandby(url, 'standby_migrate').then(() => progress.reason);
        }
      })();
    },
  });
  expect(waiting[0]).toMatchObject({ step: '060_allocate', signal: 'replication', seconds: 0 });
  expect(await seen).toBe('standby standby_migrate is not connected');
  expect(await migrationRecords(sql)).toEqual({ records: 300, organizations: 300 });
  expect((await status(context)).document.runs).toMatchObject([{ outcome: 'done' }]);
  const [step] = await sql<{ throttled: number }[]>`
    select (data ->> 'throttled')::integer as throttled from creditshift.journal where data ->> 'step' = '060_allocate'`;
  expect(step?.throttled).toBeGreaterThan(0);
});
