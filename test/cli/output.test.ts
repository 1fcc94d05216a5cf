import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { renderAnnotations } from '../../src/output/github.ts';
import { renderBlocks } from '../../src/output/human.ts';
import { renderJson } from '../../src/output/json.ts';
import { renderJunit } from '../../src/output/junit.ts';
import { hasPassword, mask } from '../../src/output/mask.ts';
import { problemBlocks, problemDocument, problemOf } from '../../src/output/problem.ts';
import { jsonProgress, lineProgress } from '../../src/output/progress.ts';
import { onlyProblems, verdict } from '../../src/output/quiet.ts';
import type { Block, Finding } from '../../src/output/types.ts';
import { Problem } from '../../src/problems.ts';

const plain = { color: false, width: 80 };

test.each([
  ['postgres://dba:s3cret@db/x', 'postgres://dba:***@db/x'],
  ['connect to postgresql://dba:s3@cret@db:5432/x failed', 'connect to postgresql://dba:***@db:5432/x failed'],
  ['postgres://db/x?user=dba&password=s3cret&sslmode=require', 'postgres://db/x?user=dba&password=***&sslmode=require'],
  ['postgres://dba@db/x at 12:30 by a@b.example', 'postgres://dba@db/x at 12:30 by a@b.example'],
])('%s hides its password', (text, masked) => {
  expect(mask(text)).toBe(masked);
  expect(hasPassword(text)).toBe(text !== masked);
});

test('a JSON document has a version, keeps big integers exact, times in ISO 8601, and stays JSON around a hidden password', () => {
  const text = renderJson({ big: 2n ** 63n - 1n, at: new Date(0), url: 'postgres://u:p"\\@h/x', list: ['a@b'] });
  expect(JSON.parse(text)).toEqual({
    version: 1,
    big: '9223372036854775807',
    at: '1970-01-01T00:00:00.000Z',
    url: 'postgres://u:***@h/x',
    list: ['a@b'],
  });
});

test('a table has numbers to the right and stays within its width by wrapping words, never by cutting', () => {
  const rows = [
    ['Agenzia SEO Cagliari', '1500', 'assigned, where the plan column says something that takes a long line to tell'],
    ['日本語の会社', '7', '00000000-0000-0000-0000-000000000001'],
  ];
  const columns = [{ title: 'organization' }, { title: 'credits', align: 'right' as const }, { title: 'why' }];
  const text = renderBlocks([{ kind: 'table', columns, rows, note: 'two of two' }], { color: false, width: 64 });
  const lines = text.trimEnd().split('\n');
  expect(Math.max(...lines.map(line => [...line].length))).toBeLessThanOrEqual(64);
  expect(text).toContain('│    1500 │');
  expect(text).toContain('│       7 │ 00000000-0000-0000-0000-000000000001');
  expect(text).toContain('日本語の会社');
  expect(text.replace(/[\s│]+/g, ' ')).toContain('takes a long');
  expect(lines.at(-1)).toBe('two of two');
});

test('colours only where they are asked for', () => {
  const blocks = [
    { kind: 'title', text: 'Plan' } as const,
    { kind: 'mark', tone: 'bad', text: 'no' } as const,
    {
      kind: 'facts',
      facts: [
        ['State', 'partial'],
        ['Database', 'x'],
      ] as [string, string][],
    } as const,
    { kind: 'verbatim', text: 'select 1;\n' } as const,
  ];
  expect(renderBlocks(blocks, plain)).toBe('Plan\n────\n✗ no\nState     partial\nDatabase  x\nselect 1;\n');
  expect(renderBlocks(blocks, { ...plain, color: true })).toContain('\u001b[31m✗\u001b[39m no');
});

test('where columns are few, prose breaks at blanks under its first word, and what is too wide becomes a list', () => {
  const columns = [{ title: 'organization' }, { title: 'plan' }];
  const rows = [
    ['00000000-0000-0000-0000-000000000001', 'premium'],
    ['2', 'free'],
  ];
  const blocks: Block[] = [
    { kind: 'mark', tone: 'warn', text: '2 organizations have no plan' },
    { kind: 'text', text: '    an indented line stays so' },
    {
      kind: 'facts',
      facts: [
        ['State', 'cut over, and verified'],
        ['Mode', 'live'],
      ],
    },
    { kind: 'table', columns, rows },
  ];
  expect(renderBlocks(blocks, { color: false, width: 20, most: 20 })).toBe(`! 2 organizations
  have no plan
    an indented line
    stays so
State  cut over, and
       verified
Mode   live

organization
  00000000-0000-0000-0000-000000000001
plan
  premium
────────────────────
organization  2
plan          free
`);
});

test('a problem of many details takes one screen; its document has them all', () => {
  const details = Array.from({ length: 50 }, (_, i) => `fault ${i}`);
  const problem = new Problem('CONFIG_INVALID', 'Fifty faults.', {
    state: 'Untouched.',
    next: 'correct them',
    details,
  });
  const text = renderBlocks(problemBlocks(problem), plain);
  expect(text.split('\n').length).toBeLessThanOrEqual(26);
  expect(text).toContain('… and 30 more');
  expect(problemDocument(problem)).toMatchObject({ error: { code: 'CONFIG_INVALID', details } });
});

test('anything else that is thrown is a bug, with its stack and exit code 1', () => {
  const problem = problemOf(new TypeError('x is not a function'));
  expect(problem).toMatchObject({ code: 'BUG', exitCode: 1, message: expect.stringContaining('x is not a function') });
  expect(problem.details[0]).toContain('output.test.ts');
  expect(problemOf('a string').message).toContain('a string');
});

test('plain progress counts rows now and then, tells finished parts, and JSON progress has every event', () => {
  const rows = { event: 'rows', step: '060_allocate', total: 100, perSecond: 10, secondsLeft: 5 } as const;
  const events = [
    { event: 'step', step: '060_allocate', claim: 'credits by pricing plan' },
    { ...rows, rows: 50 },
    { ...rows, rows: 100 },
    { event: 'done', step: '060_allocate', milliseconds: 12.4, rows: 100 },
    { event: 'show', blocks: [{ kind: 'text', text: 'part one' }] },
  ] as const;
  const [lines, told, json]: [string[], string[], string[]] = [[], [], []];
  const plainLines = lineProgress(
    text => lines.push(text),
    blocks => told.push(renderBlocks(blocks, plain)),
  );
  for (const event of events)
    plainLines.show({ ...event, ...('blocks' in event && { blocks: [...event.blocks] }) } as never);
  for (const event of events) jsonProgress(text => json.push(text)).show(event as never);
  expect(lines).toEqual([
    '→ 060_allocate  credits by pricing plan\n',
    '  060_allocate  50 of 100 (50 %), 10/s, 5 s left\n',
    '✓ 060_allocate  100 rows, 12 ms\n',
  ]);
  expect(told).toEqual(['part one\n']);
  expect(json.map(line => JSON.parse(line))).toEqual(events);
});

test('plain lines tell what a command is at only where it takes long, and then the last of it', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const lines: string[] = [];
  const { show, clear } = lineProgress(
    text => lines.push(text),
    () => {},
  );
  show({ event: 'work', what: 'checking a', done: 1, total: 9 });
  show({ event: 'work', what: 'checking b', done: 2, total: 9 });
  expect(lines).toEqual([]);
  vi.advanceTimersByTime(5000);
  vi.advanceTimersByTime(5000);
  expect(lines).toEqual(['  checking b (2 of 9)\n']);
  show({ event: 'work', what: 'reading it back' });
  show({ event: 'note', text: 'done' });
  vi.advanceTimersByTime(5000);
  show({ event: 'work', what: 'the end' });
  clear();
  vi.advanceTimersByTime(5000);
  expect(lines.slice(1)).toEqual(['  done\n']);
});

test('--quiet leaves of progress what has to be known, and of a result what is wrong, the verdict, and SQL', () => {
  const shown: unknown[] = [];
  const view = onlyProblems({
    show: event => shown.push(event.event === 'note' ? event.text : event.event),
    clear: () => {},
  });
  const hook = { event: 'hook', hook: 'after-cutover', milliseconds: 1, timedOut: false, output: '' } as const;
  view.show({ event: 'step', step: '060_allocate', claim: 'credits' });
  view.show({ event: 'note', text: 'drop: charge', routine: true });
  view.show({ event: 'note', text: 'Warning: a password' });
  view.show({ ...hook, exit: 0 });
  view.show({ ...hook, exit: 1 });
  view.show({ event: 'show', blocks: [] });
  expect(shown).toEqual(['Warning: a password', 'hook']);

  const mark = (tone: 'good' | 'bad' | 'warn', text: string) => ({ kind: 'mark', tone, text }) as const;
  const text = { kind: 'text', text: 'Next: verify' } as const;
  const blocks = [text, mark('warn', 'three'), mark('bad', 'two'), mark('good', 'done'), text];
  expect(verdict({ document: {}, blocks })).toEqual([mark('bad', 'two'), mark('good', 'done')]);
  const findings = { results: [], summary: mark('bad', '1 failed') };
  expect(verdict({ document: {}, blocks, findings })).toEqual([mark('bad', 'two'), mark('bad', '1 failed')]);
  expect(verdict({ document: {}, blocks: [text] })).toEqual([text]);
  const sql = { kind: 'verbatim', text: 'select 1' } as const;
  expect(verdict({ document: {}, blocks: [sql, mark('good', 'done')] })).toEqual([sql, mark('good', 'done')]);
});

test('what a run waits for is told in words: who is in the way, whom a build waits for, how a hook ended', () => {
  const lines: string[] = [];
  const { show } = lineProgress(
    text => lines.push(text),
    () => {},
  );
  const report = { pid: 7, application: 'report', age: '00:01:02', query: 'select 1' };
  const import_ = { pid: 8, application: '', age: '26:00:00', query: 'copy t from stdin' };
  const index = { event: 'index', step: '080_index', index: 'log_sequence' } as const;
  show({ event: 'step', step: '080_index', claim: 'keys' });
  show({ event: 'blocked', step: '080_index', try: 2, by: [report, import_] });
  show({ ...index, phase: 'building index: scanning table', blocks: 5, blocksTotal: 9, waitsFor: [] });
  show({ ...index, phase: 'building index: scanning table', blocks: 6, blocksTotal: 9, waitsFor: [] });
  show({ event: 'done', step: '080_index', milliseconds: 3, indexes: 2 });
  // The next step's first word is not withheld.
  show({ event: 'step', step: 'again', claim: 'keys' });
  show({ ...index, phase: 'waiting for old snapshots', blocks: 0, blocksTotal: 0, waitsFor: [import_] });
  const hook = { event: 'hook', hook: 'start', milliseconds: 5, timedOut: false } as const;
  show({ ...hook, exit: 0, output: 'fine' });
  show({ ...hook, exit: 3, output: 'first\nlast\n' });
  show({ ...hook, exit: null, timedOut: true, output: '' });
  expect(lines.map(line => line.trimEnd())).toEqual([
    '→ 080_index  keys',
    '  080_index  try 2, in the way: pid 7 (report) since 00:01:02: select 1, and 1 more',
    '  log_sequence  building index: scanning table, 5 of 9 blocks',
    '✓ 080_index  2 indexes, 3 ms',
    '→ again  keys',
    '  log_sequence  waiting for old snapshots, for pid 8 (no name) since 26:00:00: copy t from stdin',
    '✓ hook start  5 ms',
    '! hook start  5 ms, exit 3: last',
    '! hook start  5 ms, ended at its timeout',
  ]);
});

test('an escape sequence in a name of the database does not reach the terminal', () => {
  const evil = '\u001b[2J\u001b]0;pwned\u0007name';
  const text = renderBlocks(
    [
      { kind: 'text', text: evil },
      { kind: 'facts', facts: [['name', evil]] },
      { kind: 'table', columns: [{ title: 'name' }], rows: [[evil]] },
    ],
    plain,
  );
  for (const control of ['\u001b', '\u0007']) expect(text).not.toContain(control);
  expect(text.match(/pwned\ufffdname/g)).toHaveLength(3);
});

describe('findings in the formats of CI systems', () => {
  const finding: Finding = {
    name: 'ledger.equation',
    group: 'ledger',
    claim: 'granted − charged = available',
    outcome: 'failed',
    severity: 'failure',
    count: 30,
    rows: ['<Böse & "Söhne">: 100 % of\r\nsms, \u001b[31m\uffff\ud800', 'see postgres://dba:s3cret@db/x'],
    remedy: 'correct: it',
  };
  const findings: Finding[] = [
    finding,
    { ...finding, name: 'ledger.reversals', outcome: 'error', count: 0, rows: ['no such table'] },
    { ...finding, name: 'legacy.no-late-writes', group: 'legacy', severity: 'warning', count: 1, rows: ['app'] },
    { ...finding, name: 'legacy.function-in-place', group: 'legacy', outcome: 'passed', count: 0, rows: [] },
  ];

  test('JUnit: a suite for each group, every text escaped, and no character that XML has no place for', () => {
    expect(renderJunit(findings)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="creditshift" tests="4" failures="1" errors="1" skipped="0">
  <testsuite name="ledger" tests="2" failures="1" errors="1" skipped="0">
    <testcase classname="creditshift.ledger" name="ledger.equation"><failure message="granted − charged = available" type="failure">&lt;Böse &amp; &quot;Söhne&quot;&gt;: 100 % of\ufffd
sms, \ufffd[31m\ufffd\ufffd
see postgres://dba:***@db/x
… 30 in all
remedy: correct: it</failure></testcase>
    <testcase classname="creditshift.ledger" name="ledger.reversals"><error message="granted − charged = available" type="error">no such table
remedy: correct: it</error></testcase>
  </testsuite>
  <testsuite name="legacy" tests="2" failures="0" errors="0" skipped="0">
    <testcase classname="creditshift.legacy" name="legacy.no-late-writes"><system-out>warning: granted − charged = available
app
remedy: correct: it</system-out></testcase>
    <testcase classname="creditshift.legacy" name="legacy.function-in-place"/>
  </testsuite>
</testsuites>
`);
    expect(renderJunit([])).toContain('tests="0"');
  });

  test('GitHub: an annotation a line for each finding, escaped as the runner reads it', () => {
    expect(renderAnnotations([{ ...finding, name: 'a:b,c%' }, ...findings.slice(1)])).toBe(
      '::error title=a%3Ab%2Cc%25::granted − charged = available%0A<Böse & "Söhne">: 100 %25 of\ufffd%0Asms, \ufffd[31m\uffff\ud800' +
        '%0Asee postgres://dba:***@db/x%0A… 30 in all%0Aremedy: correct: it\n' +
        '::error title=ledger.reversals::granted − charged = available%0Ano such table%0Aremedy: correct: it\n' +
        '::warning title=legacy.no-late-writes::granted − charged = available%0Aapp%0Aremedy: correct: it\n',
    );
  });

  test('what is not judged is skipped there, and a notice here', () => {
    const unjudged: Finding = {
      ...finding,
      outcome: 'not judged',
      severity: 'warning',
      count: 0,
      rows: ['no baseline'],
    };
    const junit = renderJunit([unjudged]);
    expect(junit).toContain('<testsuites name="creditshift" tests="1" failures="0" errors="0" skipped="1">');
    expect(junit).toContain(
      '<skipped message="granted − charged = available">no baseline\nremedy: correct: it</skipped>',
    );
    expect(renderAnnotations([unjudged])).toMatch(/^::notice title=ledger.equation::.*%0Ano baseline%0A/);
  });
});
