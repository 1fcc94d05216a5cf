import { expect, test } from 'vitest';
import { recordedCatalog } from '../../src/database/catalog.ts';
import type { Sql } from '../../src/database/connect.ts';
import { freshDatabase, guardianYaml } from '../support/guardian.ts';
import { creditshift, workFolder } from './creditshift.ts';

interface Case {
  args: string[];
  /** The configuration; none where it is null. */
  yaml?: string | null;
  sql?: string;
  url?: (url: string) => string;
  exit: number;
  code: string;
  /** Words of the message and its details. */
  says: string[];
  next: string;
}

const without = (text: string) => guardianYaml.replace(text, '');
const lineOf = (yaml: string, text: string) => yaml.slice(0, yaml.indexOf(text)).split('\n').length;
const at = (yaml: string, text: string) => `creditshift.yaml:${lineOf(yaml, text)} `;

const brokenYaml = guardianYaml.replace('pools:  ', 'pools: [');
const threeFaults = guardianYaml
  .replace('version: 1', 'version: 0')
  .replace('rows: 20000', 'rows: 0')
  .replace('downgrade: clamp', 'downgrad: clamp');
const weights = without('      overAllocate: true\n');
const unknownPlans = guardianYaml.replace('000001: premium', '000001: platinum').replace('free: skip', 'free: gold');
const noTable = guardianYaml.replace('table: public.organization_credits', 'table: public.organisation_credits');
const noColumn = guardianYaml.replace('balance: credits_remaining', 'balance: credits_left');
const noFunction = guardianYaml.replace('consume_credits_rpc(uuid, text)', 'consume_credits_rpc(uuid)');
const gold = `
  insert into public.organization_credits (organization_id, plan_name)
  values ('00000000-0000-0000-0000-000000000003', 'gold')`;

const CASES: Record<string, Case> = {
  'no configuration': {
    args: ['plan'],
    yaml: null,
    exit: 2,
    code: 'CONFIG_MISSING',
    says: ['creditshift.yaml'],
    next: 'creditshift init',
  },
  'broken YAML': {
    args: ['plan'],
    yaml: brokenYaml,
    exit: 2,
    code: 'CONFIG_INVALID',
    says: [at(brokenYaml, '  whatsapp: { label')],
    next: 'correct creditshift.yaml',
  },
  'a configuration of a later version': {
    args: ['plan'],
    yaml: guardianYaml.replace('version: 1', 'version: 7'),
    exit: 2,
    code: 'CONFIG_NEWER',
    says: ['is of version 7, and this creditshift reads version 1'],
    next: 'use the creditshift',
  },
  'several faults, each with its line': {
    args: ['migrate', '--yes'],
    yaml: threeFaults,
    exit: 2,
    code: 'CONFIG_INVALID',
    says: [at(threeFaults, 'version: 0'), at(threeFaults, 'rows: 0'), at(threeFaults, 'downgrad: clamp'), '3 faults'],
    next: 'correct creditshift.yaml',
  },
  'weights that do not sum to 1': {
    args: ['migrate', '--yes'],
    yaml: weights,
    exit: 2,
    code: 'CONFIG_INVALID',
    says: [at(weights, 'weights:'), 'weights sum to 1.1, not 1', 'overAllocate: true'],
    next: 'correct creditshift.yaml',
  },
  'a plan the configuration does not have': {
    args: ['plan'],
    yaml: unknownPlans,
    exit: 2,
    code: 'CONFIG_INVALID',
    says: [at(unknownPlans, 'platinum'), at(unknownPlans, 'gold'), 'no plan "platinum"', 'no plan "gold"'],
    next: 'correct creditshift.yaml',
  },
  'a plan the database has and no rule decides': {
    args: ['migrate', '--yes'],
    sql: gold,
    exit: 5,
    code: 'PLAN_CONFLICTS',
    says: ['UNKNOWN_PLAN', '"gold"'],
    next: 'creditshift preflight',
  },
  'a table that is not there': {
    args: ['migrate', '--yes'],
    yaml: noTable,
    exit: 2,
    code: 'TABLE_MISSING',
    says: ['there is no table public.organisation_credits'],
    next: 'creditshift inspect',
  },
  'inspect says which tables there are': {
    args: ['inspect'],
    yaml: noTable,
    exit: 2,
    code: 'TABLE_MISSING',
    says: ['there is no table public.organisation_credits', 'there: table public.organization_credits'],
    next: 'correct the configuration',
  },
  'a column that is not there': {
    args: ['plan'],
    yaml: noColumn,
    exit: 2,
    code: 'COLUMN_MISSING',
    says: ['public.organization_credits has no column credits_left'],
    next: 'creditshift inspect',
  },
  'a function that is not there': {
    args: ['inspect'],
    yaml: noFunction,
    exit: 2,
    code: 'FUNCTION_MISSING',
    says: ['there: function public.consume_credits_rpc(uuid, text)'],
    next: 'correct the configuration',
  },
  'a database that cannot be reached': {
    args: ['status'],
    url: url => url.replace(/:\d+\//, ':1/'),
    exit: 3,
    code: 'CANNOT_CONNECT',
    says: ['Cannot connect to', ':1/'],
    next: 'DATABASE_URL',
  },
  'a wrong password': {
    args: ['status'],
    url: url => url.replace(/\/\/[^@]*@/, '//nobody_here:s3cret-and-wrong@'),
    exit: 3,
    code: 'WRONG_PASSWORD',
    says: ['refuses the login', 'nobody_here'],
    next: 'DATABASE_URL',
  },
  'a database that does not exist': {
    args: ['status'],
    url: url => `${url}_not`,
    exit: 3,
    code: 'DATABASE_MISSING',
    says: ['_not'],
    next: 'DATABASE_URL',
  },
  'a URL that is none': {
    args: ['status'],
    url: () => 'guardian',
    exit: 3,
    code: 'CANNOT_CONNECT',
    says: ['URL cannot be read'],
    next: 'DATABASE_URL',
  },
  'an unknown command': {
    args: ['rollbck'],
    exit: 2,
    code: 'USAGE',
    says: ["unknown command 'rollbck'", 'Did you mean rollback?'],
    next: 'creditshift --help',
  },
  'no command': { args: [], exit: 2, code: 'USAGE', says: ['No command'], next: 'creditshift --help' },
  'an unknown option': {
    args: ['plan', '--sqll'],
    exit: 2,
    code: 'USAGE',
    says: ["unknown option '--sqll'"],
    next: 'creditshift plan --help',
  },
  'a missing option': {
    args: ['rollback', '--yes'],
    exit: 2,
    code: 'USAGE',
    says: ['--method'],
    next: 'creditshift rollback --help',
  },
  'a choice there is not': {
    args: ['rollback', '--yes', '--method', 'undo'],
    exit: 2,
    code: 'USAGE',
    says: ['disable, drop, restore'],
    next: 'creditshift rollback --help',
  },
  'a choice there is not, of a command whose argument is called like another': {
    args: ['audit', 'verify', '--format', 'junit'],
    exit: 2,
    code: 'USAGE',
    says: ['jsonl, csv'],
    next: 'creditshift audit --help',
  },
  'a step there is not': {
    args: ['migrate', '--yes', '--to', 'nowhere'],
    exit: 2,
    code: 'USAGE',
    says: ['no step or stage "nowhere"'],
    next: 'name one of control',
  },
  'a rollback where nothing was migrated': {
    args: ['rollback', '--yes', '--method', 'drop'],
    exit: 6,
    code: 'NOTHING_TO_ROLL_BACK',
    says: [],
    next: 'creditshift',
  },
};

test.each(Object.entries(CASES))('%s: one screen, one code, nothing changed', async (_, bad) => {
  const { url, sql } = await freshDatabase();
  if (bad.sql) await sql.unsafe(bad.sql);
  const before = await fingerprint(sql);
  const folder = workFolder(bad.yaml === null ? undefined : (bad.yaml ?? guardianYaml));
  const target = bad.url?.(url) ?? url;

  const human = await creditshift(bad.args, folder, target);
  expect(human.code).toBe(bad.exit);
  expect(human.stdout).toBe('');
  expect(human.stderr.split('\n').length).toBeLessThanOrEqual(24);
  for (const words of [...bad.says, 'Database:', bad.next, `${bad.code} (exit ${bad.exit})`]) {
    expect(human.stderr).toContain(words);
  }

  const json = await creditshift([...bad.args, '--json'], folder, target);
  expect(json.code).toBe(bad.exit);
  const { error } = JSON.parse(json.stdout);
  expect(error).toMatchObject({
    code: bad.code,
    state: expect.stringMatching(/./),
    next: expect.stringContaining(bad.next),
  });
  for (const words of bad.says) expect([error.message, ...error.details].join('\n')).toContain(words);

  expect(await fingerprint(sql)).toEqual(before);
});

async function fingerprint(sql: Sql) {
  const [schema] = await sql`select to_regnamespace('creditshift') as schema`;
  return {
    schema,
    catalog: await recordedCatalog(sql),
    balances: await sql`select * from public.organization_credits order by id`,
  };
}
