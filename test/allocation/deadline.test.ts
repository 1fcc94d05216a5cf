import { expect, test } from 'vitest';
import { deadlineOf } from '../../src/commands/session/deadline.ts';
import { status } from '../../src/commands/status.ts';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';
import { addOrganizations, migrationRecords, yamlWith } from './organizations.ts';

const HOUR = 3_600_000;
const evening = new Date(2026, 0, 31, 22, 30);
const allowed = (options: { for?: string; until?: string }) =>
  Math.round((deadlineOf(options, evening) - performance.now()) / 60_000) / 60;

test('a deadline is a length of time, the next such time of day, or a moment', () => {
  expect(allowed({})).toBe(Number.POSITIVE_INFINITY);
  expect(allowed({ for: '2h' })).toBe(2);
  expect(allowed({ for: '90m' })).toBe(1.5);
  expect(allowed({ until: '23:00' })).toBe(0.5);
  expect(allowed({ until: '4:30' })).toBe(6);
  expect(allowed({ until: '22:30' })).toBe(24);
  expect(allowed({ until: new Date(evening.getTime() + 3 * HOUR).toISOString() })).toBe(3);
});

test.each([
  { for: '2' },
  { for: 'soon' },
  { for: '0s' },
  { until: '25:00' },
  { until: 'tomorrow' },
  { until: '2026-01-31' },
  { until: new Date(evening.getTime() - HOUR).toISOString() },
  { for: '2h', until: '04:00' },
])('$for $until is refused', options => {
  expect(() => deadlineOf(options, evening)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test('when the time is up, a migrate stops at a page boundary, also while it is held, and the next one goes on', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 300);
  const held = contextFor(url, yamlWith({ rows: 50 }, { throttle: { replication: { standbys: ['nobody'] } } }));
  await migrate(held, { to: '055_triggers' });
  await expect(migrate(held, { for: '1s' })).rejects.toMatchObject({
    code: 'INTERRUPTED',
    exitCode: 130,
    message: 'Stopped after 0 organizations, as told.',
  });
  await migrate(contextFor(url, yamlWith({ rows: 50 })), { for: '1h' });
  expect(await migrationRecords(sql)).toEqual({ records: 300, organizations: 300 });
});

test('a cutover that might not end in time is not begun', async () => {
  const { url } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context, { to: 'index' });
  await expect(migrate(context, { for: '4s' })).rejects.toMatchObject({
    code: 'INTERRUPTED',
    message: expect.stringMatching(/^Stopped before the cutover: it may take \d+ s, and [1-4] s are left\.$/),
  });
  expect((await status(context)).document).toMatchObject({ state: 'partial', mode: 'legacy' });
  await migrate(context, { for: '1h' });
  expect((await status(context)).document).toMatchObject({ state: 'cut over', mode: 'live' });
});

test('a request to stop is heard between steps', async () => {
  const { url } = await freshDatabase();
  const context = contextFor(url);
  let stop = false;
  const run = migrate({
    ...context,
    progress: event => {
      stop ||= event.event === 'done' && event.step === '030_expand_actions';
    },
    stopping: () => stop,
  });
  await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED', message: 'Stopped before 040_expand_log, as told.' });
  await migrate(context);
});
