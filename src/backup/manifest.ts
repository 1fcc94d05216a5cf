import { z } from 'zod';
import { controlsSchema } from './controls.ts';
import { databaseSchema } from './dump/database.ts';
import { schemaSchema } from './schema/read.ts';

/** Version of the folder's layout that this program writes and reads. */
export const FORMAT = 1;
export const MANIFEST = 'manifest.json';
/** Covers the manifest too; `sha256sum -c SHA256SUMS` checks a folder without this program. */
export const CHECKSUMS = 'SHA256SUMS';

/** Folder of the full dump, in pg_dump's directory format; there where the manifest says so. */
export const DUMP = 'dump';

/** A file's name in the folder is its own last part: a manifest cannot point elsewhere. */
const stem = z.string().regex(/^[^/\\]+$/);
const count = z.int().min(0);

const copyFile = z.object({
  name: stem,
  /** `"schema"."table"`. */
  table: z.string(),
  columns: z.array(z.string()),
  rows: count,
  bytes: count,
  sha256: z.string(),
});

const dumpFile = z.object({ name: stem, bytes: count, sha256: z.string() });

export const manifestSchema = z.object({
  format: z.literal(FORMAT),
  /** An archive is that of a rollback; a retention, what left the log while it is in use. */
  kind: z.enum(['backup', 'archive', 'retention']),
  /** When the snapshot was taken, by the database's clock. */
  createdAt: z.iso.datetime(),
  /** Version of the program that wrote it. */
  creditshift: z.string(),
  database: z.string(),
  systemIdentifier: z.string(),
  serverVersion: z.string(),
  migration: z.object({
    started: z.boolean(),
    journalHead: z.object({ position: z.number(), hash: z.string() }).nullable(),
    steps: z.array(z.string()),
  }),
  config: z.unknown(),
  facts: z.unknown(),
  definitions: z.array(z.object({ kind: z.string(), identity: z.string(), definition: z.string() })),
  /** Of a backup: what it has to give again, and what makes its tables again. An archive has neither. */
  controls: controlsSchema.optional(),
  schema: schemaSchema.optional(),
  files: z.array(copyFile),
  /** Of a backup: the full dump of the same snapshot, and the major version of the pg_dump that made it. */
  dump: z.object({ major: z.int(), database: databaseSchema, files: z.array(dumpFile) }).optional(),
  /** Why there is none. */
  withoutDump: z.string().optional(),
});

/** What a backup or archive is of, and what is in it. */
export type Manifest = z.output<typeof manifestSchema>;
export type CopyFile = Manifest['files'][number];
export type DumpFile = z.output<typeof dumpFile>;
export type Kind = Manifest['kind'];

/** What the taker of a copy set says about the database; the rest of the manifest is measured. */
export type Notes = Pick<Manifest, 'migration' | 'config' | 'facts' | 'definitions' | 'controls' | 'schema'>;

export const fileName = (file: { name: string }): string => `${file.name}.copy`;

/** Every file of a set but the manifest, by its path in the folder, and what is known of it; of a dump there are no rows. */
export const allFiles = ({
  files,
  dump,
}: Manifest): { path: string; bytes: number; sha256: string; rows?: number }[] => [
  ...files.map(file => ({ ...file, path: fileName(file) })),
  ...(dump?.files ?? []).map(file => ({ ...file, path: `${DUMP}/${file.name}` })),
];
