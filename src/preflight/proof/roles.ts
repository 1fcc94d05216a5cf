import { readActors } from '../../checks/security/matrix/actors.ts';
import { type Criterion, judge } from '../criterion.ts';

export const roles: Criterion = {
  name: 'proof.roles',
  claim: 'verify can try who reaches what: this login may take every role, and two organizations have a user',
  remedy: 'GRANT the role to this login; security.users names users to act as; what is not tried is no pass of verify',
  find: async ({ sql, model, config }) => {
    const { actors, untried } = await readActors(sql, model, config);
    const names = [...new Set(actors.map(actor => actor.role))];
    // Since PostgreSQL 16 a membership may come without the right to take the role.
    const closed = await sql<{ role: string }[]>`
      select role from unnest(${names}::text[]) as role
       where not pg_has_role(role, case when current_setting('server_version_num')::integer < 160000 then 'MEMBER' else 'SET' end)`;
    return judge(
      [],
      [...closed.map(({ role }) => `this login may not take the role ${role}`), ...untried.map(({ what }) => what)],
      names.join(', '),
    );
  },
};
