import { z } from 'zod';
import type { Transaction } from '../../database/connect.ts';
import type { CopyTable } from '../copy-set.ts';
import { privileges } from './privileges.ts';
import { roles, surroundings } from './surroundings.ts';
import { createTables, finishTables } from './tables.ts';

/** What makes the tables of a backup again in an empty database: enough to prove it, not the whole database. */
export const schemaSchema = z.object({
  roles: z.array(z.string()),
  /** Statements to run before the rows are loaded. */
  before: z.array(z.string()),
  /** Statements to run after it. */
  after: z.array(z.string()),
});
export type Schema = z.output<typeof schemaSchema>;

/** Reads it in the snapshot of `tx`, which has to write one form (form.ts). */
export async function readSchema(tx: Transaction, tables: readonly CopyTable[]): Promise<Schema> {
  return {
    roles: await roles(tx),
    before: [...(await surroundings(tx, tables)), ...(await createTables(tx, tables))],
    after: [...(await finishTables(tx, tables)), ...(await privileges(tx, tables))],
  };
}
