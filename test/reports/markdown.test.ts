import Big from 'big.js';
import { describe, expect, it } from 'vitest';
import { alignTables, codeSpan, decimals, duration, escapeMarkdown, thousands } from '../../src/reports/markdown.ts';

describe('text from the database', () => {
  it.each([
    ['a|b', 'a\\|b'],
    ['a\\|b', 'a\\\\\\|b'],
    ['<b>bold</b>', '&lt;b&gt;bold&lt;/b&gt;'],
    ['two\r\nlines', 'two lines'],
    ['*star* `tick` [link](x)', '\\*star\\* \\`tick\\` \\[link\\](x)'],
    ['_emphasis_ but ai_credits_total', '\\_emphasis\\_ but ai_credits_total'],
    ['# no heading', '\\# no heading'],
    ['1. no list', '1\\. no list'],
    ['&lt; stays', '&amp;lt; stays'],
    ['R&D -3', 'R&D -3'],
  ])('%j is written as %j', (text, markdown) => expect(escapeMarkdown(text)).toBe(markdown));

  it('in code, what a cell cannot hold is written as text', () => {
    expect(codeSpan('ai_credits_total')).toBe('`ai_credits_total`');
    expect(codeSpan('<b>')).toBe('`<b>`');
    expect(codeSpan('a|`b')).toBe('a\\|\\`b');
  });
});

it('tables are padded, escaped pipes are no borders', () => {
  const table = '| name | n |\n|---|--:|\n| a\\|b | 1000 |\n| x | 2 |\n';
  expect(alignTables(`before\n\n${table}\nafter\n`)).toBe(
    'before\n\n| name |    n |\n| ---- | ---: |\n| a\\|b | 1000 |\n| x    |    2 |\n\nafter\n',
  );
});

it('numbers keep every digit', () => {
  expect([999, 20999, '-1234567', 12345678901234567890n].map(thousands)).toEqual([
    '999',
    '20,999',
    '−1,234,567',
    '12,345,678,901,234,567,890',
  ]);
  expect(['-0.6711', '0.004', '-0.001', '1234.005'].map(text => decimals(new Big(text)))).toEqual([
    '−0.67',
    '0.00',
    '0.00',
    '1,234.01',
  ]);
  expect([12, 12_345, 185_000].map(duration)).toEqual(['0.012 s', '12.3 s', '3 min 5 s']);
});
