import { expect, test } from 'vitest';
import { verify } from '../../src/commands/verify.ts';
import { contextFor, freshDatabase } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';

interface Shown {
  name: string;
  outcome: string;
  severity: string;
  rows: string[];
}

const checksOf = (document: Record<string, unknown>) => document.checks as Shown[];

test('a clean migrated Guardian has one warning, its organization without credits, and no failure', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  const { document, exitCode } = await verify(contextFor(url));
  expect(checksOf(document).filter(c => c.outcome !== 'passed')).toMatchObject([
    { name: 'balances.organizations-without-credits', outcome: 'failed', severity: 'warning' },
  ]);
  expect({ state: document.state, exitCode }).toEqual({ state: 'cut over', exitCode: 0 });
});
