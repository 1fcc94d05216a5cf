import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Subject } from '../../src/checks/check.ts';
import { selectChecks } from '../../src/checks/run.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { parse } from '../../src/cli/parse.ts';
import { stepsTo } from '../../src/migrator.ts';
import { version } from '../../src/version.ts';
import { freshDatabase, guardianYaml } from '../support/guardian.ts';
import { creditshift, start, workFolder } from './creditshift.ts';

const help = (...argv: string[]): string => {
  let text = '';
  parse([...argv, '--help'], part => {
    text += part;
  });
  return text;
};

test('--version prints the version and is answered before anything is loaded', async () => {
  expect(await creditshift(['--version'], workFolder())).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const cli = readFileSync(join(import.meta.dirname, '../../src/cli.ts'), 'utf8');
  expect([...cli.matchAll(/^import .* from '(.*)'/gm)].map(match => match[1])).toEqual(['./version.ts']);
});

test('the help lists every command under its moment', async () => {
  const { code, stdout } = await creditshift(['--help'], workFolder());
  expect(code).toBe(0);
  const moments = [...new Set(COMMANDS.map(command => command.moment))];
  expect(moments).toEqual(['Prepare', 'Cut over', 'Go back', 'Evidence', 'Afterwards', 'See it work']);
  for (const moment of moments) expect(stdout).toContain(`\n${moment}:\n`);
  for (const { name, summary } of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary}$`, 'm'));
});

test.each(COMMANDS.map(command => [command.name, command] as const))(
  '%s: its help has an example and the global options, and its module is there',
  async (name, command) => {
    const text = help(name);
    for (const option of ['--database-url', '--config', '--json', '--yes']) expect(text).toContain(option);
    for (const example of [command.example].flat()) {
      expect(text).toContain(`  $ ${example}\n`);
      const [, line = ''] = /creditshift ([^>|)]+)/.exec(example) ?? [];
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(word => word[1] ?? word[2] ?? '');
      expect(parse(words, () => {})?.entry.name, example).toBe(name);
    }
    expect(await command.load()).toBeTypeOf('function');
  },
);

test.each([
  [['stauts'], 'status'],
  [['plan', '--sqll'], '--sql'],
  [['rollback', '--method', 'disabel'], 'disable'],
  [['report', 'complete'], 'completion'],
])('%j: the nearest name is suggested', (argv, meant) => {
  expect(() => parse(argv, () => {})).toThrow(
    expect.objectContaining({ code: 'USAGE', details: [`Did you mean ${meant}?`] }),
  );
});

test('a step and a check that are mistyped are suggested too', () => {
  expect(() => stepsTo('contarct')).toThrow(expect.objectContaining({ details: ['Did you mean contract?'] }));
  expect(() => selectChecks({ state: undefined } as Subject, { only: 'ledger.equasion' })).toThrow(
    expect.objectContaining({ details: expect.arrayContaining(['Did you mean ledger.equation?']) }),
  );
});

test('options stand before or after the command, arguments become options by their name', () => {
  const argv = ['--json', 'report', 'status', '--out', 'status.md', '--config', 'other.yaml'];
  expect(parse(argv, () => {})).toMatchObject({
    entry: { name: 'report' },
    options: { kind: 'status', out: 'status.md' },
    globals: { json: true, config: 'other.yaml' },
  });
});

test.each([
  [{ FORCE_COLOR: '1' }, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  [{ FORCE_COLOR: '0' }, false],
  [{}, false],
])('not a terminal: colours with %j: %s', async (environment, colored) => {
  const { stdout } = await start(['explain', 'USAGE'], workFolder(), undefined, { environment }).ended;
  expect(stdout.includes('\u001b[')).toBe(colored);
});

test('COLUMNS says how wide a page is where there is no terminal', async () => {
  const told = await start(['explain', 'USAGE'], workFolder(), undefined, { environment: { COLUMNS: '40' } }).ended;
  expect(Math.max(...told.stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(40);
});

test('a password in --database-url is warned of and printed nowhere; one in DATABASE_URL is no matter', async () => {
  const { url } = await freshDatabase();
  const folder = workFolder();
  const inArguments = await creditshift(['status', '--database-url', url], folder);
  expect(inArguments.stderr).toContain('can read the password in --database-url');
  expect(inArguments.code).toBe(0);
  const inEnvironment = await creditshift(['status'], folder, url);
  expect(inEnvironment.stderr).toBe('');
  expect(inEnvironment.stdout).toBe(inArguments.stdout);
});

test('without a terminal and without --yes, what would ask is refused; with --yes it runs', async () => {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  expect((await creditshift(['migrate'], folder, url)).code).toBe(0);
  const refused = await creditshift(['rollback', '--method', 'disable', '--json'], folder, url);
  expect(refused.code).toBe(6);
  expect(JSON.parse(refused.stdout).error).toMatchObject({
    code: 'NOT_CONFIRMED',
    state: 'This run changed nothing.',
    next: expect.stringContaining('--yes'),
  });
  expect(await sql`select mode from creditshift.control`).toEqual([{ mode: 'live' }]);
  expect((await creditshift(['rollback', '--method', 'disable', '--yes'], folder, url)).code).toBe(0);
  expect(await sql`select mode from creditshift.control`).toEqual([{ mode: 'disabled' }]);
});

test('--json: one document on stdout, and every line of progress on stderr is JSON', async () => {
  const { url } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  const { code, stdout, stderr } = await creditshift(['migrate', '--json'], folder, url);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toHaveProperty('applied');
  const events = stderr
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(events.filter(e => e.event === 'done').map(e => e.step)).toContain('090_cutover');
  expect(events).toContainEqual(expect.objectContaining({ event: 'rows', step: '060_allocate', rows: 2 }));
});

test('--format: only the findings are on stdout, beside --json it is refused', async () => {
  const { url } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  const junit = await creditshift(['verify', '--format', 'junit'], folder, url);
  expect(junit).toMatchObject({ code: 0, stderr: '' });
  expect(junit.stdout).toMatch(/^<\?xml [\s\S]*name="schema\.nothing-left"\/>[\s\S]*<\/testsuites>\n$/);
  const github = await creditshift(['verify', '--format', 'github'], folder, url);
  expect(github.code).toBe(0);
  expect(github.stdout).toMatch(/^::warning title=security\.reach::[^\n]*\n! 1 of 2 checks passed, 1 warning\n$/);
  const two = await creditshift(['verify', '--format', 'github', '--junit', 'verify.xml'], folder, url);
  expect(two).toEqual(github);
  expect(readFileSync(join(folder, 'verify.xml'), 'utf8')).toBe(junit.stdout);
  const nowhere = await creditshift(['verify', '--format', 'github', '--junit', 'no/verify.xml'], folder, url);
  expect(nowhere).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('no/verify.xml cannot be written'),
  });
  const faulty = await creditshift(['verify', '--format', 'github', '--config', 'none.yaml'], folder, url);
  expect(faulty).toMatchObject({
    code: 2,
    stdout: expect.stringMatching(/^::error title=CONFIG_MISSING::.*%0ANext: .*\n$/),
  });
  const plan = await creditshift(['plan', '--format', 'github', '--severity', 'warning'], folder, url);
  expect(plan).toMatchObject({ code: 5, stderr: '' });
  expect(plan.stdout).toMatch(
    /^::error title=plan\.assignment-contradicts::.*\n::error title=plan\.without-credits::.*\n✗ \d+ of \d+ questions passed, 2 failed\n$/,
  );
  const both = await creditshift(['verify', '--format', 'junit', '--json'], folder, url);
  expect(JSON.parse(both.stdout).error.code).toBe('USAGE');
  // The format of a file is no format of the terminal.
  const file = await creditshift(['audit', 'export', '--format', 'csv', '--out', 'x.csv', '--json'], folder, url);
  expect(JSON.parse(file.stdout).error.code).toBe('NOT_CUT_OVER');
});

test('--quiet: problems and the verdict, with the same exit code', async () => {
  const { url } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  expect(await creditshift(['migrate', '--quiet'], folder, url)).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^✓ \S+: applied 010_control, .*\.\n$/),
    stderr: '',
  });
  expect(await creditshift(['migrate', '--quiet', '--json'], folder, url)).toMatchObject({ code: 0, stderr: '' });
  expect(await creditshift(['migrate', '--quiet', '--to', 'nowhere'], folder, url)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^✗ [\s\S]*USAGE/),
  });
});

test('the first signal asks the run to stop, the second ends it with 130, and the next run goes on', async () => {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  const holder = await sql.reserve();
  await holder`begin`;
  await holder`lock table public.organization_credits in row exclusive mode`;
  const run = start(['migrate'], folder, url);
  await run.says('020_expand_balances');
  run.kill('SIGINT');
  await run.says('Stopping at the next safe point');
  run.kill('SIGINT');
  expect((await run.ended).code).toBe(130);
  await holder`rollback`;
  holder.release();
  const status = JSON.parse((await creditshift(['status', '--json'], folder, url)).stdout);
  // It may have come to the safe point by itself before the second signal.
  expect(status).toMatchObject({ state: 'partial', mode: 'legacy', runs: [{ command: 'migrate' }] });
  expect([null, 'INTERRUPTED']).toContain(status.runs[0].outcome);
  await sql`update creditshift.lease set expires_at = clock_timestamp()`;
  expect((await creditshift(['migrate'], folder, url)).code).toBe(0);
});
