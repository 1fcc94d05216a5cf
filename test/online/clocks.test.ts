import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { creditshift, start, workFolder } from '../cli/creditshift.ts';
import { AGENZIA, freshDatabase, guardianYaml } from '../support/guardian.ts';

/** A clock that is a year behind when the program starts, and jumps to a year ahead a third of a second later. */
const JUMPING = `
  const Real = Date;
  const shift = () => (performance.now() < 333 ? -1 : 1) * 365 * 24 * 3600_000;
  globalThis.Date = class extends Real {
    constructor(...given) {
      if (given.length > 0) super(...given);
      else super(Real.now() + shift());
    }
    static now() {
      return Real.now() + shift();
    }
  };`;

test('a clock that is wrong, and jumps, decides nothing: not the lease, not which backup is from before, no duration', async () => {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  const preload = join(folder, 'jumping.mjs');
  writeFileSync(preload, JUMPING);
  const odd = (...args: string[]) => start(args, folder, url, { preload }).ended;

  expect(await odd('backup')).toMatchObject({ code: 0 });
  expect(await odd('migrate', '--yes')).toMatchObject({ code: 0 });
  const [times] = await sql`
    select min(finished_at - started_at) >= '0' and max(finished_at - started_at) < '1 minute' as durations,
           bool_and(finished_at between now() - interval '5 minutes' and now()) as moments
      from creditshift.history`;
  expect(times).toEqual({ durations: true, moments: true });
  await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
  const restore = ['rollback', '--method', 'restore', '--yes'];
  await sql`update creditshift.lease set holder = 'somebody', expires_at = now() + interval '1 minute'`;
  expect(await odd(...restore)).toMatchObject({ code: 3, stderr: expect.stringContaining('somebody') });
  await sql`update creditshift.lease set expires_at = now()`;
  expect(await odd(...restore)).toMatchObject({ code: 0 });
  expect(await creditshift(['inspect'], folder, url)).toMatchObject({ code: 0 });
  expect([...(await sql`select credits_remaining as left from organization_credits order by 1`)]).toEqual([
    { left: 98 },
    { left: 995 },
  ]);
});
