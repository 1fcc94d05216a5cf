import postgres from 'postgres';

/** Runs one statement on a connection of its own and returns its rows. */
export async function administer(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    return await sql.unsafe(statement);
  } finally {
    // Without a limit this waits for ever when the server has ended the connection.
    await sql.end({ timeout: 1 });
  }
}
