import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHECKS } from '../../src/checks/all.ts';
import { connect } from '../../src/database/connect.ts';
import { creditshift, workFolder } from '../cli/creditshift.ts';
import { AGENZIA, guardianYaml } from '../support/guardian.ts';
import { type Pair, startPair } from './standby.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
  const { sql } = await connect({ url: pair.primary, environment: {} });
  await sql.unsafe(readFileSync(join(import.meta.dirname, '../../examples/guardian-legacy.sql'), 'utf8'));
  await sql.end();
});
afterAll(() => pair?.stop());

const folder = workFolder(guardianYaml);
const onStandby = (...args: string[]) => creditshift(args, folder, pair.standby);

/** In the order of a migration of the primary. */
test('what only reads works on a standby of a database that is not migrated; what writes refuses', async () => {
  await pair.caughtUp();
  for (const args of [['inspect'], ['plan'], ['status'], ['verify', '--only', 'schema'], ['backup']])
    expect(await onStandby(...args), args.join(' ')).toMatchObject({ code: 0 });
  expect(await onStandby('migrate')).toMatchObject({ code: 2, stderr: expect.stringContaining('READ_ONLY_SERVER') });
});

test('what only reads works on a standby of a migrated database; what writes refuses', async () => {
  expect(await creditshift(['migrate'], folder, pair.primary)).toMatchObject({ code: 0 });
  await pair.caughtUp();
  for (const args of ['inspect', 'plan', 'status', 'report status', 'report completion', 'verify --only balances'])
    expect(await onStandby(...args.split(' ')), args).toMatchObject({ code: 0 });
  for (const args of [
    'migrate',
    `reallocate --yes --organization ${AGENZIA} --plan professional`,
    'rollback --yes --method disable',
    'rollback --yes --method drop',
  ])
    expect(await onStandby(...args.split(' ')), args).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('READ_ONLY_SERVER'),
    });
});

test('a check that tries what it checks says on a standby that it was not made', async () => {
  const { code, stdout } = await onStandby('verify', '--json');
  expect(code).toBe(5);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; outcome: string; rows: string[] }[] };
  const trying = CHECKS.filter(check => check.probes).map(check => check.name as string);
  for (const { name, outcome, rows } of checks.filter(check => check.outcome !== 'not judged')) {
    if (!trying.includes(name)) expect(outcome).not.toBe('error');
    else expect({ outcome, rows }).toEqual({ outcome: 'error', rows: [expect.stringContaining('on the primary')] });
  }
});
