import { z } from 'zod';

/** Version of the file that this program writes and reads. */
const FORMAT = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** SHA-256 of each thing by its name, so that what moved can be named. */
const hashes = z.record(z.string(), sha256);

const savedSchema = z.object({
  format: z.literal(FORMAT),
  /** Version of the program that planned. */
  creditshift: z.string(),
  at: z.iso.datetime(),
  database: z.string(),
  systemIdentifier: z.string(),
  /** What approvals stand for. */
  hash: sha256,
  /** As --to named it: the last step or stage. */
  to: z.string().optional(),
  /** What is applied once the plan is carried out, in order. */
  steps: z.array(z.string()),
  pending: z.array(z.string()),
  /** What a revision of the configuration was to change, one line each. */
  changes: z.array(z.string()),
  /** Of the configuration then in force; 0 where nothing was migrated. */
  revision: z.int(),
  /** Last position of the journal; 0 where there is none. */
  journal: z.int(),
  /** Every value that decides the migration, by its path. */
  configuration: hashes,
  /** Every SQL that the migration or a rollback may run, by its file. */
  sql: hashes,
  /** Every object outside the toolkit's schemas. */
  catalog: hashes,
  /** What `plan` warned of. */
  findings: z.array(z.object({ name: z.string(), rows: z.array(z.string()) })),
});

/** A plan as `plan --out` leaves it. */
export type SavedPlan = Omit<z.output<typeof savedSchema>, 'format'>;

/** The text of a plan's file. */
export const textOf = (plan: SavedPlan): string => `${JSON.stringify({ format: FORMAT, ...plan }, null, 2)}\n`;

/** The plan of a file's text, or why it is none. */
export function planIn(text: string): SavedPlan | string {
  try {
    return savedSchema.parse(JSON.parse(text));
  } catch (error) {
    return error instanceof z.ZodError ? 'it is no plan that this version wrote' : (error as Error).message;
  }
}
