import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Big from 'big.js';
import { Liquid } from 'liquidjs';
import { packageRoot } from '../config/render.ts';
import { alignTables, codeSpan, decimals, duration, escapeMarkdown, percent, thousands } from './markdown.ts';

const reportEngine = new Liquid({
  root: packageRoot,
  partials: join(packageRoot, 'reports'),
  extname: '.md',
  strictVariables: true,
  strictFilters: true,
  cache: true,
  outputEscape: (value: unknown) => (value === null ? '–' : escapeMarkdown(String(value))),
});

/** A filter over a value that may be absent: what was not measured is not given. */
const orAbsent =
  <T>(show: (value: T) => string, absent = '–') =>
  (value: T | null) =>
    value === null ? absent : show(value);

reportEngine.registerFilter('code', { raw: true, handler: orAbsent((value: unknown) => codeSpan(String(value))) });
reportEngine.registerFilter('codes', {
  raw: true,
  handler: (names: readonly string[]) => names.map(codeSpan).join(', ') || 'none',
});
reportEngine.registerFilter('number', orAbsent(thousands));
reportEngine.registerFilter(
  'money',
  orAbsent((value: Big | string) => decimals(new Big(value), 2, 4)),
);
reportEngine.registerFilter(
  'whole',
  orAbsent((value: Big) => thousands(value.toFixed())),
);
reportEngine.registerFilter('most', (value: Big | string) =>
  typeof value === 'string' ? value : thousands(value.toFixed()),
);
reportEngine.registerFilter('percent', orAbsent(percent));
reportEngine.registerFilter('duration', orAbsent(duration, 'not measured'));
reportEngine.registerFilter('quote', {
  raw: true,
  handler: (text: string) =>
    text
      .trimEnd()
      .split(/\r?\n/)
      .map(line => `> ${line}`.trimEnd())
      .join('\n'),
});

/** The kinds of `report`: each is a template of that name. */
export const REPORTS = ['completion', 'status', 'margin', 'rehearsal'] as const;
export type ReportName = (typeof REPORTS)[number];

/** Renders reports/NAME.md over plain data; every value is escaped, and lines say where a chart stands. */
export function renderMarkdown(name: ReportName | 'checklist', data: object): string {
  const text: string = reportEngine.parseAndRenderSync(
    readFileSync(join(packageRoot, 'reports', `${name}.md`), 'utf8'),
    data,
    { globals: data },
  );
  return tidy(text);
}

/** The same to be read as it is: without these lines, and with aligned tables. */
export const renderReport = (name: ReportName | 'checklist', data: object): string =>
  alignTables(tidy(renderMarkdown(name, data).replace(/^<!-- chart: .* -->$/gm, '')));

const tidy = (text: string): string =>
  `${text
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
