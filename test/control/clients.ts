import type { Sql } from '../../src/database/connect.ts';
import { reserve } from '../../src/database/reserve.ts';

/** A client in the middle of a transaction that wrote the log; the call that comes back ends it. */
export async function writer(sql: Sql): Promise<() => Promise<void>> {
  const client = await reserve(sql);
  await client`begin`;
  await client.unsafe(`select set_config('application_name', 'a long import', true);
    insert into public.credit_consumption_logs (action_type) values ('import')`);
  return async () => {
    await client`commit`;
    client.release();
  };
}
