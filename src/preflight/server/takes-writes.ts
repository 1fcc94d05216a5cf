import { type Criterion, judge } from '../criterion.ts';

export const takesWrites: Criterion = {
  name: 'server.takes-writes',
  claim: 'it is a primary, and transactions are not read-only by default',
  remedy: 'connect to the primary; ALTER ROLE or ALTER DATABASE … SET default_transaction_read_only = off',
  find: async ({ sql, server }) => {
    const [row] = await sql<{ readOnly: boolean }[]>`
      select current_setting('default_transaction_read_only')::boolean as "readOnly"`;
    return judge(
      [
        ...(server.recovery ? ['it is a standby in recovery'] : []),
        ...(row?.readOnly ? ['default_transaction_read_only is on for this login'] : []),
      ],
      [],
    );
  },
};
