import { connect } from '../database/connect.ts';

/** Runs one statement on a connection of its own and returns its rows. @throws Problem where there is no connection */
export async function administer(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const { sql } = await connect({ url, environment: {} }, 'creditshift', 1);
  try {
    return await sql.unsafe(statement);
  } finally {
    // Without a limit this waits for ever when the server has ended the connection.
    await sql.end({ timeout: 1 });
  }
}
