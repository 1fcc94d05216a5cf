import type postgres from 'postgres';
import type { Sql } from './connect.ts';

export type Reserved = postgres.ReservedSql<{ bigint: number | bigint }>;

/**
 * A connection of one's own, until its `release()`. postgres.js without fetch_types forgets who reserved a connection
 * that it has to open first, so an open one is made sure of.
 */
export async function reserve(sql: Sql): Promise<Reserved> {
  await sql`select`;
  return sql.reserve();
}
