import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

/** Who may import whom, by folder or file of src/. The order is that of ARCHITECTURE.md. */
const ALLOWED: Record<string, readonly string[]> = {
  problems: [],
  similar: [],
  version: [],
  progress: ['output'],
  output: ['problems', 'progress'],
  config: ['problems', 'similar', 'database'],
  database: ['problems', 'config'],
  allocation: ['problems', 'config', 'database'],
  disposable: ['problems', 'database'],
  throttle: ['problems', 'config', 'database'],
  steps: ['problems', 'progress', 'config', 'database', 'allocation', 'throttle'],
  checks: ['problems', 'similar', 'config', 'database', 'steps', 'allocation', 'privacy', 'audit'],
  audit: ['config'],
  privacy: ['problems', 'progress', 'config', 'database', 'steps'],
  retention: ['problems', 'progress', 'config', 'database', 'steps', 'privacy', 'backup', 'audit'],
  backup: ['problems', 'progress', 'version', 'config', 'database', 'steps'],
  rollback: ['problems', 'progress', 'config', 'database', 'steps', 'backup'],
  baseline: ['config', 'database', 'steps', 'checks', 'backup', 'rehearsal'],
  detect: ['config', 'database', 'inspect'],
  preflight: ['problems', 'config', 'database', 'allocation', 'throttle', 'steps', 'followers', 'checks', 'backup'],
  explain: ['problems', 'allocation', 'steps', 'checks', 'inspect', 'preflight'],
  shadow: ['problems', 'config', 'database', 'allocation'],
  watch: ['problems', 'progress', 'output', 'config', 'database', 'steps', 'checks'],
  reports: ['problems', 'version', 'config', 'database', 'steps', 'allocation', 'checks', 'privacy', 'rehearsal'],
  rehearsal: ['problems', 'version', 'output', 'config', 'database', 'steps', 'backup', 'privacy'],
  plan: ['problems', 'version', 'config', 'database', 'steps', 'rehearsal'],
  followers: ['config', 'database', 'steps'],
  privileges: ['config', 'database'],
  migrator: ['problems', 'similar', 'database', 'steps'],
};
/** Packages that only one place may import. */
const SOLE: Record<string, RegExp> = {
  postgres: /^database\//,
  umzug: /^migrator\.ts/,
  chalk: /^output\//,
  ora: /^output\//,
  'cli-table3': /^output\//,
  commander: /^cli(\.ts|\/)/,
  'big.js': /^(reports|allocation|rehearsal|retention|rollback)\//,
  liquidjs: /^(config\/render|reports\/render|reports\/html\/page)\.ts/,
  marked: /^reports\/html\/document\.ts/,
  echarts: /^reports\/charts\/draw\.ts/,
  'echarts/dist/echarts.esm.min.mjs': /^reports\/charts\/draw\.ts/,
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
const importsOf = (file: string) =>
  [...readFileSync(join(src, file), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(match => match[1] ?? '');
const room = (file: string) => file.split('/')[0]?.replace(/\.ts$/, '') ?? '';

test('each room imports only the rooms below it', () => {
  const offences = files.flatMap(file =>
    importsOf(file)
      .filter(name => name.startsWith('.'))
      .map(name => relative(src, join(dirname(join(src, file)), name)))
      .filter(
        target =>
          room(target) !== room(file) &&
          ALLOWED[room(file)] !== undefined &&
          !ALLOWED[room(file)]?.includes(room(target)),
      )
      .map(target => `${file} imports ${target}`),
  );
  expect(offences).toEqual([]);
});

test('each outside library has one home', () => {
  const offences = files.flatMap(file =>
    importsOf(file)
      .filter(name => SOLE[name] && !SOLE[name].test(file))
      .map(name => `${file} imports ${name}`),
  );
  expect(offences).toEqual([]);
});

test('commands print nothing, end nothing and read no environment', () => {
  const offences = files.filter(
    file =>
      file.startsWith('commands/') &&
      /process\.(env|exit|stdout|stderr)|console\./.test(readFileSync(join(src, file), 'utf8')),
  );
  expect(offences).toEqual([]);
});

test('no file of the source is longer than 250 lines', () => {
  const long = files.filter(file => readFileSync(join(src, file), 'utf8').split('\n').length > 251);
  expect(long).toEqual([]);
});
