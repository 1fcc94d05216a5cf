import type { Queryable } from '../../database/connect.ts';
import { columnsToCome } from '../../followers/columns.ts';
import { publicationLines } from '../../followers/publications.ts';
import { rowTypeLines } from '../../followers/row-types.ts';
import type { Block } from '../../output/types.ts';
import type { Session } from '../session/session.ts';

/** What outside the credit tables meets their new columns, one fact a line. */
export interface After {
  publications: string[];
  rowTypes: string[];
  /** What is generated from the schema, and has to be generated again. */
  generated: string[];
}

export async function readAfter(tx: Queryable, { model, state }: Session): Promise<After | undefined> {
  const added = columnsToCome(model, state);
  if (added.length === 0) return undefined;
  return {
    publications: await publicationLines(tx, added),
    rowTypes: await rowTypeLines(tx, added),
    generated: await generatedLines(tx),
  };
}

/** Which tools generate types from this schema, told by what they leave in the database. */
async function generatedLines(tx: Queryable): Promise<string[]> {
  const [found] = await tx<{ supabase: boolean; prisma: boolean }[]>`
    select to_regnamespace('supabase_migrations') is not null or exists (select from pg_roles where rolname = 'anon') as supabase,
           exists (select from pg_class where relname = '_prisma_migrations') as prisma`;
  const lines = [
    ...(found?.supabase
      ? [
          'Supabase: types that supabase gen types made have neither the new columns nor the new functions; make them again.',
        ]
      : []),
    ...(found?.prisma
      ? [
          'Prisma: its client goes on with the columns that it knows; prisma db pull, then prisma generate, for the new ones.',
        ]
      : []),
  ];
  return lines.length > 0
    ? lines
    : ['Types or models generated from the schema lack the new columns until they are made again.'];
}

const PREPARED = 'A prepared SELECT * on the credit tables fails once per session after expand; name the columns.';

export function afterBlocks(after: After | undefined): Block[] {
  if (!after) return [];
  return [
    { kind: 'title', text: 'After it' },
    ...[...after.publications, ...after.rowTypes].map((text): Block => ({ kind: 'mark', tone: 'warn', text })),
    ...[...after.generated, PREPARED].map((text): Block => ({ kind: 'text', tone: 'dim', text })),
  ];
}
