import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { OPERATION_NAMES } from '../checks/performance/measured.ts';

/** Version of the file that this program writes and reads. */
const FORMAT = 1;

const milliseconds = z.number().nonnegative();
const percentiles = z.object({ samples: z.int(), p50: milliseconds, p95: milliseconds, p99: milliseconds });
const measured = z.union([
  z.object({ warm: percentiles, cold: percentiles.nullable() }),
  z.object({ notMeasured: z.string() }),
]);

/** What is recorded before a migration, by subject: a section of the file, and a row of creditshift.baseline. */
const SUBJECTS = {
  performance: z.record(z.enum(OPERATION_NAMES), measured),
};
export type Subject = keyof typeof SUBJECTS;
export const SUBJECT_NAMES = Object.keys(SUBJECTS) as Subject[];

const baselineSchema = z.object({
  format: z.literal(FORMAT),
  /** Version of the program that recorded it. */
  creditshift: z.string(),
  /** By the database's clock. */
  recordedAt: z.iso.datetime(),
  database: z.string(),
  systemIdentifier: z.string(),
  /** SHA-256 of the catalog. */
  schema: z.string().regex(/^[0-9a-f]{64}$/),
  ...SUBJECTS,
});

/** A database before its migration, as `baseline` leaves it. */
export type Baseline = Omit<z.output<typeof baselineSchema>, 'format'>;

const STATE = 'creditshift-state';

/** Where it lies, below the folder that the command was called in. */
export const baselineFile = (folder: string): string => join(folder, STATE, 'baseline.json');

/** Makes the folder of the file, before anything is measured. */
export async function prepareBaseline(folder: string): Promise<void> {
  await mkdir(join(folder, STATE), { recursive: true });
}

export const writeBaseline = (file: string, baseline: Baseline): Promise<void> =>
  writeFile(file, `${JSON.stringify({ format: FORMAT, ...baseline }, null, 2)}\n`);

/** What a file holds; undefined where there is none, a reason where it cannot be used. */
export async function readBaseline(file: string): Promise<Baseline | string | undefined> {
  try {
    return baselineSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return error instanceof z.ZodError ? 'it is not one that this version wrote' : (error as Error).message;
  }
}
