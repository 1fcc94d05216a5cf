import { parse } from 'yaml';
import { MARK } from '../../config/marks.ts';
import type { Found } from '../found.ts';

/** Column at which what is said beside a line begins. */
const BESIDE = 44;

/** A text as YAML writes it: bare where that reads back as the same text, also within { } and [ ]. */
export function scalar(text: string): string {
  const bare = /^[A-Za-z_][\w.-]*$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
  return bare && text !== MARK && parse(text) === text ? text : JSON.stringify(text);
}

/** Text for a comment, in one line whatever a name in the database holds. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this replaces
const flat = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ');

/** A line with what is said beside it. */
export const beside = (line: string, comment: string): string =>
  comment === '' ? line : `${line.padEnd(BESIDE)} # ${flat(comment)}`;

/** Lines of a comment, none longer than a screen is wide. */
export function comment(text: string, indent = ''): string[] {
  const lines: string[] = [];
  for (const word of flat(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 118) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}# ${word}`);
  }
  return lines;
}

/** `key: value`, or the mark with its question, under the notes that belong to it. */
export function entry(indent: string, key: string, found: Found): string[] {
  const value = found.value === undefined ? MARK : scalar(found.value);
  const notes = (found.notes ?? []).flatMap(note => comment(note, indent));
  return [...notes, beside(`${indent}${key}: ${value}`, found.because)];
}

/** A map of columns in one line. */
export const inline = (pairs: readonly (readonly [string, string])[]): string =>
  `{ ${pairs.map(([key, value]) => `${key}: ${value}`).join(', ')} }`;
