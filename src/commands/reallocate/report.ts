import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Model } from '../../config/model.ts';
import { counted } from '../../output/counted.ts';
import type { Block } from '../../output/types.ts';
import { csvRow } from '../../reports/csv.ts';
import type { Context } from '../session/context.ts';
import { wholeFile } from '../shown/whole-file.ts';
import type { Due } from './due.ts';

/** Organizations that a person is shown. */
const SHOWN = 20;

/** What changes, for whom: the first by size, and the totals. */
export function difference({ pools }: Model, due: readonly Due[], out: string | undefined): Block[] {
  return [
    {
      kind: 'table',
      columns: [
        { title: 'organization' },
        { title: 'from' },
        { title: 'to' },
        ...pools.map(p => ({ title: `${p.label} available`, align: 'right' as const })),
      ],
      rows: due.slice(0, SHOWN).map(d => [d.organization, d.from ?? '–', d.to, ...pools.map((_, i) => step(d, i))]),
      note: `${Math.min(SHOWN, due.length)} of ${due.length}, those first where most changes${out === undefined ? '' : `; all: ${out}`}`,
    },
    {
      kind: 'table',
      columns: [{ title: 'all' }, ...pools.map(p => ({ title: p.label, align: 'right' as const }))],
      rows: [
        ['minted', ...mintedBy(due, pools.length).map(String)],
        ['taken', ...pools.map((_, i) => String(sum(due, d => takenOf(d, i))))],
      ],
    },
  ];
}

/** Credits that are minted, in pool order. */
export const mintedBy = (due: readonly Due[], pools: number): bigint[] =>
  Array.from({ length: pools }, (_, i) => sum(due, d => BigInt(d.minted[i] ?? 0)));

/** What is minted, in words, for a question. */
export function mints({ pools }: Model, minted: readonly (bigint | string)[]): string {
  const some = pools.flatMap((p, i) => (BigInt(minted[i] ?? 0) === 0n ? [] : [`${p.label} ${minted[i]}`]));
  return some.length > 0 ? `It mints ${some.join(', ')}.` : 'It mints nothing.';
}

/** A line for each that the downgrade policy does not let have its plan. */
export const withheld = (due: readonly Due[]): Block[] =>
  due.flatMap(({ organization, downgrade }) =>
    downgrade === 'defer' || downgrade === 'refuse'
      ? [
          {
            kind: 'mark',
            tone: downgrade === 'defer' ? 'warn' : 'bad',
            text: `${organization}: ${downgrade === 'defer' ? 'deferred' : 'refused'}, more is in use than the plan gives`,
          } as const,
        ]
      : [],
  );

/** Writes all of it as CSV, a line an organization; returns the file. */
export async function writeDifference(
  { folder }: Context,
  { pools }: Model,
  due: readonly Due[],
  out: string,
): Promise<string> {
  const path = resolve(folder, out);
  const head = [
    'organization',
    'from',
    'to',
    ...pools.flatMap(p => [`${p.name}_now`, `${p.name}_then`, `${p.name}_minted`]),
  ];
  const lines = due.map(d => [
    ...[d.organization, d.from, d.to],
    ...pools.flatMap((_, i) => [d.available[i] ?? null, d.after[i] ?? null, d.minted[i] ?? null]),
  ]);
  await wholeFile(path, partial => writeFile(partial, [head, ...lines].map(csvRow).join('')));
  return path;
}

/** `Reallocated 2 organizations; what was in use is kept.` */
export const reallocated = (count: number, keepUsage: boolean): string =>
  `Reallocated ${counted(count, 'organization')}; what was in use is ${keepUsage ? 'kept' : 'given back'}.`;

const step = (d: Due, i: number) =>
  d.available[i] === d.after[i] ? `${d.available[i]}` : `${d.available[i]} → ${d.after[i]}`;
const takenOf = (d: Due, i: number): bigint => {
  const taken = BigInt(d.available[i] ?? 0) - BigInt(d.after[i] ?? 0);
  return taken > 0n ? taken : 0n;
};
const sum = (due: readonly Due[], of: (d: Due) => bigint): bigint => due.reduce((total, d) => total + of(d), 0n);
