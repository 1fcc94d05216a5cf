import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from '../../src/cli/parse.ts';
import { configSchema } from '../../src/config/schema.ts';
import { build } from '../cli/creditshift.ts';
import { sharedDatabase } from '../support/migrated.ts';
import { callsOf, matches, withOutput } from './console.ts';
import { codeRows, read, root, section, updating, withSection, write } from './documents.ts';
import { shell } from './shell.ts';
import { TABLES } from './tables.ts';

let shared: Awaited<ReturnType<typeof sharedDatabase>>;
let run: ReturnType<typeof shell>;
beforeAll(async () => {
  build();
  shared = await sharedDatabase();
  run = shell(shared.url);
});
afterAll(() => shared.drop());

test.each(Object.entries(TABLES))('the table of %s is what the code says', (name, table) => {
  if (updating) write('README.md', withSection(read('README.md'), name, table()));
  expect(section(read('README.md'), name)).toBe(table());
});

/** What a command line of the README is here: the program is built already, and `npm test` is this very run. */
const here = (command: string) => command.replace('npm ci && npm run demo', 'creditshift demo');
const ofThisRun = (command: string) => command.includes('npm test');

// In the order of the README: one reader, one database, from the first command to the last.
test.each(callsOf(read('README.md')).filter(call => !ofThisRun(call.command)))('$ $command', ({ command, line }) => {
  const { output } = run(here(command));
  const document = read('README.md');
  const call = callsOf(document).find(c => c.command === command && c.line >= line);
  if (call && updating && !matches(call.output, output)) write('README.md', withOutput(document, call, output));
  else if (!call || !matches(call.output, output)) expect(output).toBe(call?.output);
});

test('the tests that the README shows are among those of this run', () => {
  const shown = callsOf(read('README.md')).filter(call => ofThisRun(call.command));
  const files = shown.flatMap(call => [...call.output.matchAll(/✓ (\S+) \(/g)].map(match => match[1] ?? ''));
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter(file => !existsSync(join(root, file)))).toEqual([]);
});

test('every command line of the documents is understood by the program', () => {
  const lines = ['README.md', 'ARCHITECTURE.md'].flatMap(name => {
    const fenced = [...read(name).matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(block => block[1]).join('');
    const inFences = fenced.matchAll(/^(?:\$ )?creditshift ([^\n#>]+)/gm);
    const inline = read(name).matchAll(/`creditshift ([^`\n]+)`/g);
    return [...inFences, ...inline].map(match => (match[1] ?? '').trim());
  });
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(word => word[1] ?? word[2] ?? '');
    expect(() => parse(words, () => {}), line).not.toThrow();
  }
});

test('the table of the configuration has every section, in order', () => {
  const sections = codeRows(section(read('README.md'), 'configuration')).flatMap(([name = '']) =>
    [...name.matchAll(/`(\w+)`/g)].map(match => match[1]),
  );
  expect(sections).toEqual(Object.keys(configSchema.shape).filter(key => key !== '$schema'));
});

test('every link and every file that the documents name is there', () => {
  const links = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md'].flatMap(name =>
    [...read(name).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(match => match[1] ?? ''),
  );
  const files = ['README.md', 'ARCHITECTURE.md'].flatMap(name =>
    [...read(name).matchAll(/`((?:src|test|migrations|rollback|reports|examples)\/[\w./-]*)`/g)].map(m => m[1] ?? ''),
  );
  expect([...links, ...files].filter(path => !existsSync(join(root, path)))).toEqual([]);
});

test('the change log has the version of the package', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\]`, 'm'));
});
