import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MarginRow } from './margin-tables.ts';
import { type OrganizationSpent, organizationMargin, organizationSpentPages } from './organization-margins.ts';
import { type OrganizationRow, organizationPages } from './organizations.ts';
import type { Source } from './source.ts';

/** Writes every organization to a CSV file (RFC 4180), page by page from the report's own snapshot. */
export async function writeOrganizations(source: Source, path: string): Promise<void> {
  await pipeline(Readable.from(lines(source)), createWriteStream(path));
}

async function* lines(source: Source): AsyncGenerator<string> {
  const pools = source.model.pools.flatMap(({ name }) => [`${name}_available`, `${name}_total`, `${name}_allocated`]);
  yield csvRow(['organization', 'name', 'plan', 'most_used_percent', 'legacy_before', 'legacy_now', ...pools]);
  for await (const page of organizationPages(source)) yield page.map(line).join('');
}

const line = (o: OrganizationRow) =>
  csvRow([
    o.organization,
    o.name,
    o.plan,
    o.used,
    o.legacyBefore,
    o.legacyNow,
    ...o.total.flatMap((total, i) => [o.available[i] ?? null, total, o.allocated?.[i] ?? null]),
  ]);

/** The same for the margin report: what each paid, may use and used, and its margins under each table of unit costs. */
export async function writeOrganizationMargins(source: Source, path: string): Promise<void> {
  await pipeline(Readable.from(marginLines(source)), createWriteStream(path));
}

async function* marginLines(source: Source): AsyncGenerator<string> {
  const { costs } = source.config;
  const tables = Object.entries(costs?.tables ?? {});
  const pools = source.model.pools.flatMap(({ name }) => [`${name}_total`, `${name}_charged`]);
  const figures = tables.flatMap(([name]) => FIGURES.map(figure => `${name}_${figure}`));
  yield csvRow(['organization', 'name', 'plan', 'price', 'cycles', ...pools, ...figures]);
  const ordering = costs?.tables[costs.default]?.perCredit ?? {};
  const margins = (row: OrganizationSpent) =>
    tables.flatMap(([, { perCredit }]) => {
      const { worst, actual } = organizationMargin(source, row, perCredit, costs?.targets.plan ?? 0);
      return [...figuresOf(worst), ...figuresOf(actual)];
    });
  const line = (row: OrganizationSpent) =>
    csvRow([
      ...[row.organization, row.name, row.plan, row.price, String(row.cycles)],
      ...row.total.flatMap((total, i) => [total, row.charged[i] ?? null]),
      ...margins(row),
    ]);
  for await (const page of organizationSpentPages(source, ordering)) yield page.map(line).join('');
}

const FIGURES = ['worst_cost', 'worst_percent', 'actual_cost', 'actual_percent'];

const figuresOf = ({ cost, percent }: MarginRow) => [cost?.toFixed() ?? null, percent?.toFixed(4) ?? null];

/** A line of a CSV file (RFC 4180). */
export const csvRow = (cells: readonly (string | null)[]) => `${cells.map(cell).join(',')}\r\n`;

/** A name that a spreadsheet would read as a formula gets an apostrophe in front; numbers stay numbers. */
function cell(value: string | null): string {
  if (value === null) return '';
  const text = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
