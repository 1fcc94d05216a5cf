import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AGENZIA } from '../support/guardian.ts';
import { charge, cutOver, watched } from './guarding.ts';

const LINE = {
  type: /^# TYPE ([a-zA-Z_:][\w:]*) (gauge)$/,
  unit: /^# UNIT ([a-zA-Z_:][\w:]*) ([a-z]+)$/,
  help: /^# HELP ([a-zA-Z_:][\w:]*) [^\\\n]+$/,
  sample: /^([a-zA-Z_:][\w:]*)(\{[a-z_]\w*="[^"\\\n]*"(?:,[a-z_]\w*="[^"\\\n]*")*\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/,
};

/** OpenMetrics 1.0, as strictly as it is written: families whole and once, TYPE first, units as suffix, # EOF last. */
function parse(text: string): Map<string, number> {
  expect(text.endsWith('\n# EOF\n') || text === '# EOF\n').toBe(true);
  const lines = text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1);
  const families: string[] = [];
  const samples = new Map<string, number>();
  for (const line of lines) {
    const type = LINE.type.exec(line);
    if (type) {
      expect(families).not.toContain(type[1]);
      families.push(type[1] ?? '');
      continue;
    }
    const [, name, rest, value] = LINE.unit.exec(line) ?? LINE.help.exec(line) ?? LINE.sample.exec(line) ?? [];
    expect(name, line).toBe(families.at(-1));
    if (line.startsWith('# UNIT')) expect(name?.endsWith(`_${rest}`), line).toBe(true);
    if (line.startsWith('#')) continue;
    const key = `${name}${rest ?? ''}`;
    expect(samples.has(key), line).toBe(false);
    samples.set(key, Number(value));
  }
  return samples;
}

test('each look replaces the file with charges, refusals, latency and balances, as strict OpenMetrics', async () => {
  const { url, sql } = await cutOver();
  await charge(sql, 3, 1);
  await sql`select reverse_credits(${AGENZIA}, 2)`;
  const folder = mkdtempSync(join(tmpdir(), 'metrics-'));
  const file = join(folder, 'creditshift.prom');
  const texts: string[] = [];
  const read = () => void texts.push(readFileSync(file, 'utf8'));
  const { looks } = await watched(url, {}, found => found.length >= 3, { metrics: file }, read);
  read();
  expect(texts[0]).toBe('# EOF\n');
  const metrics = texts.slice(1).map(parse);
  const [first, second, last] = looks.map(look => ({
    creditshift_window_seconds: 300,
    creditshift_charges: 3,
    creditshift_refusals: 1,
    creditshift_reversals: 1,
    creditshift_charge_latency_seconds: (look.latency ?? 0) / 1000,
    creditshift_charge_latency_baseline_seconds: (look.baseline ?? 0) / 1000,
    'creditshift_balance_credits{pool="ai"}': 1698,
    'creditshift_balance_credits{pool="whatsapp"}': 1350,
    'creditshift_balance_credits{pool="email"}': 21000,
    'creditshift_balance_credits{pool="sms"}': 550,
    creditshift_limits_exceeded: 0,
    creditshift_look_timestamp_seconds: Date.parse(look.at) / 1000,
  }));
  expect(metrics.map(found => Object.fromEntries(found))).toEqual([first, second, last]);
  expect(readdirSync(folder)).toEqual(['creditshift.prom']);
});

test('a file that cannot be written is refused at the start, and later it ends no watch', async () => {
  const { url } = await cutOver();
  const folder = join(mkdtempSync(join(tmpdir(), 'metrics-')), 'there');
  const metrics = join(folder, 'creditshift.prom');
  const twice = (looks: readonly unknown[]) => looks.length >= 2;
  await expect(watched(url, {}, twice, { metrics })).rejects.toMatchObject({ code: 'USAGE', exitCode: 2 });
  mkdirSync(folder);
  const { result, notes } = await watched(url, {}, twice, { metrics }, () =>
    rmSync(folder, { recursive: true, force: true }),
  );
  expect(result.document.looks).toBe(2);
  expect(notes[0]).toMatch(/^Cannot write .*creditshift\.prom: ENOENT/);
});
