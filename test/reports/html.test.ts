import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report } from '../../src/commands/report/report.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { rehearsalFile, writeRecord } from '../../src/rehearsal/record.ts';
import { pageRenderer } from '../../src/reports/html/page.ts';
import { REPORTS } from '../../src/reports/render.ts';
import { barriers, noBrowser, openBrowser } from '../support/chromium.ts';
import { AGENZIA, contextFor, guardianYaml } from '../support/guardian.ts';
import { sharedDatabase } from '../support/migrated.ts';
import { section, walk } from './walk.ts';

const EVIL = '<script>alert(1)</script><img src=https://evil.example/a.png>';
const NOTES = `# Signed by nobody

<!-- chart: balances -->
<script>alert(1)</script>

![x](https://evil.example/b.png) [click](javascript:alert(1)) [manual](https://example.org/a?b&c)

| a | b |
|---|---|
| 1 | 2 |
`;

let shared: Awaited<ReturnType<typeof sharedDatabase>>;
let context: Context;
/** Every kind as a file, made once. */
const files: Record<string, string> = {};

beforeAll(async () => {
  shared = await sharedDatabase();
  await walk(shared.sql);
  await shared.sql`update public.organizations set name = ${EVIL} where id = ${AGENZIA}`;
  await shared.sql`update creditshift.pools set label = ${EVIL} where pool = 'sms'`;
  context = contextFor(shared.url, guardianYaml.replaceAll('status-report', '"status <b>report</b>"'));
  writeFileSync(join(context.folder, 'notes.txt'), NOTES);
  mkdirSync(dirname(rehearsalFile(context.folder)));
  await writeRecord(rehearsalFile(context.folder), rehearsal());
  for (const kind of REPORTS) {
    const { document } = await report(context, { kind, out: `${kind}.html`, notes: 'notes.txt' });
    files[kind] = (document.files as string[])[0] ?? '';
  }
});
afterAll(() => shared.drop());

const html = (kind: string) => readFileSync(files[kind] ?? '', 'utf8');

/** A record as dry-run leaves it, with a difference in the name of an organization. */
function rehearsal(): Parameters<typeof writeRecord>[1] {
  const hash = 'a'.repeat(64);
  return {
    creditshift: '0.1.0',
    at: '2025-10-12T02:00:00.000Z',
    of: 'dump.sql',
    server: 'embedded PostgreSQL',
    outcome: 'differences',
    faults: [`drop, compare: ${EVIL}`],
    skipped: [],
    hashes: { schema: hash, configuration: hash, sql: hash },
    waysBack: ['disable', 'drop', 'restore'].map(method => ({
      method,
      seconds: 0.2,
      promisedSeconds: 300,
      phases: ['migrate', 'roll back'].map(phase => ({ phase, seconds: 0.2, faults: [] })),
      kept: { actions: [], organizations: [] },
      charged: { entries: 20, legacy: '12.5' },
      atOnce: { clients: 16, organizations: 2, charges: 80, seconds: 0.2, slowestMilliseconds: 9.5 },
    })),
  };
}

describe.each(REPORTS)('the %s page', kind => {
  it('is one file that loads nothing and runs nothing, whatever an organization is called', () => {
    const page = html(kind);
    expect(page.match(/<(?:script|img|link|iframe|object|use)\b|@import|url\(/gi) ?? []).toEqual([]);
    const links = [...page.matchAll(/ (?:src|href|xlink:href|action)="([^#"][^"]*)"/g)].map(match => match[1]);
    expect(links).toEqual(kind === 'completion' ? ['https://example.org/a?b&amp;c'] : []);
    expect(page.includes("content=\"default-src 'none'; style-src 'unsafe-inline'")).toBe(true);
    expect(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;')).toBe(true);
  });

  it('has one title, headings in order, named tables and charts', () => {
    const page = html(kind);
    const levels = [...page.matchAll(/<h(\d)/g)].map(match => Number(match[1]));
    expect(levels.filter(level => level === 1)).toHaveLength(1);
    expect(levels.filter((level, i) => level > (levels[i - 1] ?? 0) + 1)).toEqual([]);
    expect(page.match(/<table/g)).toHaveLength(page.match(/<caption>/g)?.length ?? 0);
    expect(page.match(/<svg/g)?.length).toBe(2 * (page.match(/<figure>/g)?.length ?? 0));
    expect(new Set(page.match(/ id="[^"]*"/g)).size).toBe(page.match(/ id="[^"]*"/g)?.length);
  });
});

it('says what the Markdown says, with the charts of each kind', () => {
  const charts = (kind: string) =>
    [...html(kind).matchAll(/<svg class="wide"[^>]*aria-labelledby="(\S+)-wide-title/g)].map(m => m[1]);
  expect(charts('completion')).toEqual(['balances', 'charges', 'margins-0', 'margins-1', 'timeline']);
  expect(charts('status')).toEqual(['balances', 'charges', 'margins-0', 'margins-1']);
  expect([charts('margin'), charts('rehearsal')]).toEqual([['margins-0', 'margins-1'], ['phases']]);
  const text = html('completion')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
  expect(text).toContain('starter 19.00 5.855 13.145 69.18 % 70 % missed');
  expect(text).toContain('AI: 1,699 of 1,700 credits are available.');
  expect(text).toContain('premium: 65.54 % at full use, 100.00 % so far, target 70 %');
  expect(text).toMatch(/090_cutover: \d+\.\d{3} s, locks 0\.\d*[1-9]\d* s/);
});

it('notes are a person’s text: their headings, markers, code and pictures are none of the page', () => {
  const [quote = ''] = /<blockquote>[\s\S]*<\/blockquote>/.exec(html('completion')) ?? [];
  expect(quote).toContain('<p><strong>Signed by nobody</strong></p>');
  expect(quote).not.toMatch(/<(?:figure|script|img|h\d)|evil\.example|javascript:/);
  expect(quote).toContain('<a href="https://example.org/a?b&amp;c" rel="noreferrer">manual</a>');
});

it('is made by --format too; Markdown has no marks of charts, and the document has every figure', async () => {
  const page = await report(context, { kind: 'status', format: 'html' });
  expect(page.document.html).toMatch(/^<!doctype html>/);
  const { document } = await report(context, { kind: 'status' });
  expect(document.markdown).not.toContain('chart');
  expect(section(String(document.markdown), 'Totals')).toContain('AI credits available: 1,699 of 1,700');
  expect(document.figures).toMatchObject({
    overTime: { every: '5 minutes' },
    organizations: [{ name: EVIL, available: ['199', '149', '1000', '50'] }, {}],
  });
  const { overTime } = document.figures as { overTime: { buckets: { charged: string[] }[] } };
  const charged = overTime.buckets.map(bucket => bucket.charged.map(Number));
  expect(charged.reduce((a, b) => a.map((amount, i) => amount + (b[i] ?? 0)))).toEqual([1, 1, 1, 0]);
});

it('without echarts it says what to install', async () => {
  const missing = () => Promise.reject(new Error("Cannot find package 'echarts'"));
  await expect(pageRenderer(missing)).rejects.toMatchObject({
    code: 'CHARTS_UNAVAILABLE',
    next: expect.stringContaining('npm install echarts'),
  });
});

it.skipIf(noBrowser)(
  `in a browser, wide and narrow, light and dark: nothing sticks out, is fetched, fails or is hard to reach ${noBrowser}`,
  async () => {
    const browser = await openBrowser();
    const faults: string[] = [];
    try {
      const page = await browser.newPage();
      const devtools = await page.createCDPSession();
      let seen = '';
      page.on('request', request => request.url() !== seen && faults.push(`${seen} asks for ${request.url()}`));
      page.on('console', message => message.type() === 'error' && faults.push(`${seen}: ${message.text()}`));
      page.on('pageerror', error => faults.push(`${seen}: ${error}`));
      for (const kind of REPORTS) {
        seen = pathToFileURL(files[kind] ?? '').href;
        await page.goto(seen);
        for (const scheme of ['light', 'dark']) {
          await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
          for (const width of [1280, 390]) {
            await page.setViewport({ width, height: 900 });
            const at = `${kind}, ${scheme}, ${width}`;
            const wide = await page.evaluate('document.documentElement.scrollWidth');
            if (Number(wide) > width) faults.push(`${at}: ${wide} pixels wide`);
            // Both schemes and both widths, once each: axe takes long.
            if ((scheme === 'light') === (width === 1280))
              faults.push(...(await barriers(page)).map(barrier => `${at}: ${barrier}`));
          }
        }
        // Both at once: puppeteer's own calls undo each other.
        const features = [{ name: 'prefers-color-scheme', value: 'dark' }];
        await devtools.send('Emulation.setEmulatedMedia', { media: 'print', features });
        const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
        if (paper !== 'rgb(255, 255, 255)') faults.push(`${kind}: printed on ${paper}`);
        await devtools.send('Emulation.setEmulatedMedia', { media: '' });
      }
    } finally {
      await browser.close();
    }
    expect(faults).toEqual([]);
  },
);
