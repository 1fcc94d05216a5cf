import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Problem } from '../problems.ts';
import type { Hashes } from './hashes.ts';

/** Version of the file that this program writes and reads. */
const FORMAT = 2;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const recordSchema = z.object({
  format: z.literal(FORMAT),
  /** Version of the program that rehearsed. */
  creditshift: z.string(),
  at: z.iso.datetime(),
  /** The file or database that was rehearsed on a copy. */
  of: z.string(),
  server: z.string(),
  outcome: z.enum(['passed', 'differences']),
  faults: z.array(z.string()),
  skipped: z.array(z.string()),
  hashes: z.object({ schema: sha256, configuration: sha256, sql: sha256 }),
  waysBack: z.array(
    z.object({
      method: z.string(),
      seconds: z.number(),
      promisedSeconds: z.number(),
      /** Everything that was done around it, in order. */
      phases: z.array(z.object({ phase: z.string(), seconds: z.number(), faults: z.array(z.string()) })),
      /** Rows that the migration added and this way back leaves, on purpose. */
      kept: z.object({ actions: z.array(z.string()), organizations: z.array(z.string()) }),
      /** Entries that the log got meanwhile, refusals included, and what its charges come to in legacy credits. */
      charged: z.object({ entries: z.number(), legacy: z.string() }),
      /** Null where nothing could be charged at once. */
      atOnce: z
        .object({
          clients: z.number(),
          organizations: z.number(),
          charges: z.number(),
          seconds: z.number(),
          slowestMilliseconds: z.number(),
        })
        .nullable(),
    }),
  ),
});

/** A rehearsal as `dry-run` leaves it. */
export type Rehearsal = Omit<z.output<typeof recordSchema>, 'format'>;

/** Where the record lies, below the folder that the command was called in. */
export const rehearsalFile = (folder: string): string => join(folder, 'creditshift-state', 'rehearsal.json');

/**
 * Makes the folder of the record, before anything that takes long.
 * @throws Problem USAGE where it cannot be made
 */
export async function prepareRecord(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true }).catch(cause => {
    throw new Problem('USAGE', `Cannot make the folder of ${file}: ${cause.message}.`, {
      state: 'No database was touched.',
      next: 'name another file with --out FILE',
      cause,
    });
  });
}

/**
 * Writes the record whole, or not at all.
 * @throws Problem USAGE where it cannot be written
 */
export async function writeRecord(file: string, rehearsal: Rehearsal): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await writeFile(partial, `${JSON.stringify({ format: FORMAT, ...rehearsal }, null, 2)}\n`);
    await rename(partial, file);
  } catch (cause) {
    throw new Problem('USAGE', `Rehearsed, but cannot write ${file}: ${(cause as Error).message}.`, {
      state: 'No database of yours was touched.',
      next: 'name another file with --out FILE',
      cause,
    });
  }
}

/** The record of a file; undefined where there is none, a reason where it cannot be used. */
export async function readRecord(file: string): Promise<Rehearsal | string | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return error instanceof z.ZodError ? 'it is not one that this version wrote' : (error as Error).message;
  }
}

/** Why a rehearsal says nothing about a migration with these hashes; none where it vouches for it. */
export function reservations(rehearsal: Rehearsal | string | undefined, now: Hashes): string[] {
  if (rehearsal === undefined) return ['none is recorded'];
  if (typeof rehearsal === 'string') return [`the record cannot be read: ${rehearsal}`];
  const { hashes, faults } = rehearsal;
  return [
    ...(hashes.schema === now.schema ? [] : ['the schema of this database is another than the one rehearsed']),
    ...(hashes.configuration === now.configuration ? [] : ['the configuration is another than the one rehearsed']),
    ...(hashes.sql === now.sql ? [] : ['the SQL is another than the one rehearsed']),
    ...faults.map(fault => `it found a difference: ${fault}`),
  ];
}
