import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Basis, previewOf } from '../../src/allocation/preview.ts';
import { parseConfig } from '../../src/config/load.ts';
import { buildModel } from '../../src/config/model.ts';
import { renderSql } from '../../src/config/render.ts';
import type { Config } from '../../src/config/schema.ts';
import type { Sql } from '../../src/database/connect.ts';
import { type Facts, readFacts } from '../../src/database/facts.ts';
import { guardianYaml } from '../support/guardian.ts';
import { migrateTo, sharedDatabase } from '../support/migrated.ts';
import { POOLS } from './golden.ts';

let database: Awaited<ReturnType<typeof sharedDatabase>>;
let sql: Sql;
let facts: Facts;
beforeAll(async () => {
  database = await sharedDatabase();
  sql = database.sql;
  await migrateTo(sql, 'functions');
  facts = await readFacts(sql, parseConfig(guardianYaml, 'guardian.yaml'));
});
afterAll(() => database.drop());

/** Four ten-thousandths that sum to as many. */
const points = (sum: number) =>
  fc
    .array(fc.integer({ min: 0, max: sum }), { minLength: 3, maxLength: 3 })
    .map(cuts => [0, ...cuts.sort((a, b) => a - b), sum])
    .map(cuts => cuts.slice(1).map((cut, i) => cut - (cuts[i] ?? 0)));
const perPool = (points: readonly number[]) => Object.fromEntries(POOLS.map((p, i) => [p, (points[i] ?? 0) / 10_000]));
const credits = fc.oneof(
  fc.integer({ min: 0, max: 2_147_483_647 }),
  fc.integer({ min: 0, max: 50 }),
  fc.constant('unlimited' as const),
);
const fourCredits = fc
  .tuple(credits, credits, credits, credits)
  .map(amounts => Object.fromEntries(POOLS.map((pool, i) => [pool, amounts[i] ?? 0])));
const floors = fc.dictionary(fc.constantFrom(...POOLS), fc.integer({ min: 0, max: 2000 }));
const amount = fc
  .tuple(fc.integer({ min: -100, max: 2_000_000 }), fc.constantFrom('', '.5', '.999999'))
  .map(([n, f]) => `${n}${f}`);
const balance = fc.option(amount, { nil: null });
const of = fc.constantFrom('total' as const, 'remaining' as const);

const world = fc.record({
  plans: fc.record({
    grant: fc.record({ grant: fourCredits }),
    split: fc
      .record({ of, weights: points(10_000).map(perPool), floors, overAllocate: fc.constant(false) })
      .map(split => ({ split })),
    usage: fc
      .record({ of, days: fc.constant(30), otherwise: points(10_000).map(perPool), floors })
      .map(usage => ({ usage })),
    carry: fc.record({ grant: fourCredits, carry: fc.integer({ min: 1, max: 10_000 }).chain(points).map(perPool) }),
  }),
  organizations: fc.array(
    fc.record({
      value: fc.constantFrom('grant', 'split', 'usage', 'carry'),
      balance,
      total: balance,
      used: fc.option(points(10_000), { nil: null }),
      override: fc.option(fc.dictionary(fc.constantFrom(...POOLS), credits, { minKeys: 1 }), { nil: null, freq: 3 }),
    }),
    { minLength: 20, maxLength: 20 },
  ),
});

const keyOf = (n: number) => `00000000-0000-0000-0000-${String(n + 1).padStart(12, '0')}`;

test('whatever the terms, plan previews what the database allocates', { timeout: 60_000 }, async () => {
  const guardian = parseConfig(guardianYaml, 'guardian.yaml');
  await fc.assert(
    fc.asyncProperty(world, async ({ plans, organizations }) => {
      const overrides = Object.fromEntries(
        organizations.flatMap(({ override }, n) => (override ? [[keyOf(n), override]] : [])),
      );
      const assignments = { organizations: {}, values: {}, overrides };
      const config: Config = { ...guardian, plans, assignments };
      const model = buildModel(config, facts, { measured: [30] });
      await sql
        .begin(async tx => {
          await tx.unsafe(renderSql('migrations/015_pricing.sql', model));
          for (const [n, { value, balance, total, used }] of organizations.entries()) {
            const organization = keyOf(n);
            if (used)
              await tx`insert into creditshift.usage (organization, days, weights) values (${organization}, 30, ${used.map(String)}::text[]::bigint[])`;
            const [found] = await tx<{ credits: string[]; carried: string[] | null }[]>`
              select credits::text[], carried::text[] from creditshift.entitlement(${organization}, ${value}, ${total}::numeric, ${balance}::numeric)`;
            const row: Basis = {
              organization,
              name: null,
              value,
              active: true,
              trial: false,
              balance,
              total,
              used: used && { 30: used },
            };
            const { pools, carried } = previewOf(row, config, model);
            expect(found?.carried ?? ['0', '0', '0', '0']).toEqual(carried.map(String));
            expect(found?.credits).toEqual(pools.map((amount, i) => String(amount - (carried[i] ?? 0n))));
          }
          throw new Undone();
        })
        .catch(error => {
          if (!(error instanceof Undone)) throw error;
        });
    }),
    { numRuns: 10 },
  );
});

class Undone extends Error {}
