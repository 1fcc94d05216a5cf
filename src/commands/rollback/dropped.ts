import type { Block } from '../../output/types.ts';
import type { Dropped } from '../../rollback/drop.ts';

/** What a drop left, and what went with it. */
export function droppedBlocks({ archive, gone, difference }: Dropped): Block[] {
  const made = gone.map(table => table.replaceAll('"', '')).join(' and ');
  return [
    { kind: 'text', text: `Archive: ${archive}` },
    ...(made === ''
      ? []
      : [
          {
            kind: 'mark' as const,
            tone: 'warn' as const,
            text: `What the migration had made is gone with it: ${made}. The rows are in the archive.`,
          },
        ]),
    difference.length === 0
      ? { kind: 'mark', tone: 'good', text: 'The catalog is equal to the one recorded before the migration.' }
      : {
          kind: 'mark',
          tone: 'warn',
          text: `The catalog differs from the one before the migration: ${difference.join('; ')}`,
        },
    {
      kind: 'text',
      tone: 'dim',
      text: 'The space of the dropped columns comes back only when their tables are rewritten.',
    },
  ];
}
