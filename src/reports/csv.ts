import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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

/** A line of a CSV file (RFC 4180). */
export const csvRow = (cells: readonly (string | null)[]) => `${cells.map(cell).join(',')}\r\n`;

/** A name that a spreadsheet would read as a formula gets an apostrophe in front; numbers stay numbers. */
function cell(value: string | null): string {
  if (value === null) return '';
  const text = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
