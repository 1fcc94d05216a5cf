import { type Criterion, judge } from '../criterion.ts';

export const timeLimits: Criterion = {
  name: 'server.time-limits',
  claim: 'no setting ends a long statement or transaction of this login',
  remedy: 'ALTER ROLE … SET it to 0 for the login of the migration: building an index and drop may take longer',
  // As they are in our session, which sets its own statement_timeout where no pooler is in between.
  find: async ({ sql }) => {
    const rows = await sql<{ name: string; value: string }[]>`
      select name, current_setting(name) as value from pg_settings
       where name in ('statement_timeout', 'transaction_timeout') and setting <> '0' order by name`;
    return judge(
      [],
      rows.map(({ name, value }) => `${name} is ${value}`),
    );
  },
};
