import { mask } from './mask.ts';

/** Of every document; a later program may add fields to it, and gives none of these another meaning. */
const VERSION = 1;

/** The one document of `--json`: bigint as string, times in ISO 8601, no password in any string. */
export function renderJson(document: Record<string, unknown>): string {
  return `${JSON.stringify({ version: VERSION, ...document }, plain, 2)}\n`;
}

/** One line of the progress on stderr. */
export function renderJsonLine(event: unknown): string {
  return `${JSON.stringify(event, plain)}\n`;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' ? mask(value) : value;
}
