import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'libpg-query';
import { beforeAll, expect, inject, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { buildModel, type Model } from '../../src/config/model.ts';
import { packageRoot } from '../../src/config/render.ts';
import { connect } from '../../src/database/connect.ts';
import { readFacts } from '../../src/database/facts.ts';
import { STEPS } from '../../src/steps/all.ts';
import { forwardSql, inverseSql, neededOf } from '../../src/steps/step.ts';
import { goldenWorld } from '../allocation/golden.ts';
import { guardianConfig, guardianYaml } from '../support/guardian.ts';
import { GUARDIAN_TEMPLATE } from '../support/server.ts';

/** Rules that the emitted SQL breaks on purpose, each with its reason. */
const EXCEPTIONS = {
  'prefer-robust-stmts':
    'a step runs once, in a transaction with its history row: IF NOT EXISTS would hide a clash of names',
  'prefer-bigint-over-int': 'the pool type is the configuration’s; integer matches the legacy balance',
  'renaming-column': 'contract renames by definition, and only when named',
  'ban-drop-column': 'inverses and drop-legacy drop what they must',
  'ban-drop-table': 'the inverses of control and create drop the tables that the toolkit made',
  'require-concurrent-index-creation': 'on tables made in the same transaction',
  'require-concurrent-index-deletion': 'inverses run in one transaction under the lock ladder',
} as const;

/** What the lock ladder sets around every step. */
const LADDER = "set lock_timeout = '200ms'; set statement_timeout = '0';";

/** The reference with every index, one with every allocation policy, and the other layout, whose log and price list are made. */
let models: Model[];
beforeAll(async () => {
  const { sql } = await connect({
    url: inject('adminUrl').replace(/\/[^/]*$/, `/${GUARDIAN_TEMPLATE}`),
    environment: {},
  });
  const config = { ...guardianConfig(), indexes: 'documented' as const };
  const facts = await readFacts(sql, config);
  const other = parseConfig(guardianYaml.replace('layout: available-total', 'layout: allocated-used'), 'other.yaml');
  const made = {
    ...other,
    log: { ...config.log, table: 'public.log', create: true as const },
    actions: { ...config.actions, table: 'public.prices', description: 'description', create: true as const },
  };
  models = [
    ...[config, parseConfig(goldenWorld().yaml, 'golden.yaml')].map(c => buildModel(c, facts)),
    buildModel(made, await readFacts(sql, made)),
  ];
  await sql.end();
});

const renderings = () =>
  models.flatMap((model, n) =>
    neededOf(STEPS, model).flatMap(step => [
      { name: `migrations/${n}-${step.name}`, sql: forwardSql(step, model) },
      ...(step.irreversible ? [] : [{ name: `rollback/${n}-${step.name}`, sql: inverseSql(step, model) }]),
    ]),
  );

test('every rendering parses', async () => {
  for (const { name, sql } of renderings()) await expect(parse(sql), name).resolves.toBeDefined();
});

test('squawk finds nothing but the named exceptions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'creditshift-sql-'));
  const files = renderings().map(({ name, sql }) => {
    const file = join(folder, `${name.replace('/', '-')}.sql`);
    writeFileSync(file, `${LADDER}\n${sql}`);
    return file;
  });
  let output = '[]';
  try {
    output = execFileSync(
      join(packageRoot, 'node_modules/.bin/squawk'),
      ['--reporter', 'Json', '--pg-version', '15.0', ...files],
      { encoding: 'utf8' },
    );
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  const found = JSON.parse(output) as { rule_name: string; file: string; line: number }[];
  expect(found.filter(v => !(v.rule_name in EXCEPTIONS))).toEqual([]);
  expect(Object.keys(EXCEPTIONS).filter(rule => !found.some(v => v.rule_name === rule))).toEqual([]);
});

test('templates write no output in comments, and every file is a step, its inverse or a part', () => {
  for (const file of ['migrations', 'rollback'].flatMap(folder =>
    readdirSync(join(packageRoot, folder)).map(name => join(folder, name)),
  )) {
    for (const line of readFileSync(join(packageRoot, file), 'utf8').split('\n')) {
      expect(line.startsWith('--') && line.includes('{{'), `${file}: ${line}`).toBe(false);
    }
  }
  const names = readdirSync(join(packageRoot, 'migrations')).filter(name => !name.startsWith('_'));
  expect(names.sort()).toEqual(STEPS.map(step => `${step.name}.sql`).sort());
});
