import { randomUUID } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import { guard } from '../../src/commands/guard.ts';
import { migrate } from '../../src/commands/migrate/migrate.ts';
import { preflight } from '../../src/commands/preflight/preflight.ts';
import { privileges } from '../../src/commands/privileges.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { verify } from '../../src/commands/verify.ts';
import { connect } from '../../src/database/connect.ts';
import type { Need } from '../../src/privileges/needs.ts';
import type { Look } from '../../src/progress.ts';
import { contextFor, freshDatabase } from '../support/guardian.ts';

const PASSWORD = randomUUID();
const SUFFIX = `${process.pid}_${Date.now().toString(36)}`;
const OWNER = `cs_tables_${SUFFIX}`;
const DEFINER = `cs_function_${SUFFIX}`;
const ROLES = {
  migrateRole: `cs_migrate_${SUFFIX}`,
  verifyRole: `cs_verify_${SUFFIX}`,
  guardRole: `cs_guard_${SUFFIX}`,
};

/** A database whose tables and legacy function belong to plain roles, who may create nothing. */
async function ownedDatabase() {
  const { sql: admin } = await connect({ url: inject('adminUrl'), environment: {} });
  await admin.unsafe(`create role ${OWNER}; create role ${DEFINER}`);
  const all = [...Object.values(ROLES), OWNER, DEFINER].join(', ');
  onTestFinished(async () => {
    await admin.unsafe(`drop role ${all}`);
    await admin.end();
  });
  const { url, sql } = await freshDatabase();
  onTestFinished(
    async () => void (await sql.unsafe(`reassign owned by ${OWNER}, ${DEFINER} to current_user; drop owned by ${all}`)),
  );
  await sql.unsafe(`
    alter table organizations owner to ${OWNER};
    alter table organization_credits owner to ${OWNER};
    alter table credit_actions owner to ${OWNER};
    alter table credit_consumption_logs owner to ${OWNER};
    alter function consume_credits_rpc(uuid, text) owner to ${DEFINER};
    grant usage on schema auth to ${OWNER}`);
  const as = (role: string) => {
    const own = new URL(url);
    own.username = role;
    own.password = PASSWORD;
    return contextFor(own.href);
  };
  return { sql, as, admin: contextFor(url) };
}

/** What takes a statement away again. */
const undo = (statement: string) =>
  statement
    .replace(/ with inherit false;$/, ';')
    .replace(/^grant (.*) to (\S+);$/, 'revoke $1 from $2')
    .replace(/ bypassrls;$/, ' nobypassrls');

const outcomeOf = (command: Promise<unknown>): Promise<string> =>
  command.then(
    result => JSON.stringify(result),
    error => `${error.code} ${error.message} ${error.details?.join(' ')}`,
  );

test('what privileges prints is enough for migrate, verify and guard, and each statement of it is needed', async () => {
  const { sql, as, admin } = await ownedDatabase();
  const statements = async () => (await privileges(admin, ROLES)).document.statements as Need[];
  const bypass = (role: string) => ({ role, sql: `alter role "${role}" bypassrls;` });
  expect(await statements()).toEqual(
    expect.arrayContaining([ROLES.migrateRole, ROLES.verifyRole].map(role => expect.objectContaining(bypass(role)))),
  );
  await sql.unsafe(`alter table profiles owner to ${OWNER}`);
  const first = await statements();
  expect(first).not.toContainEqual(expect.objectContaining(bypass(ROLES.migrateRole)));
  await sql.unsafe(first.map(need => need.sql).join('\n'));
  for (const role of Object.values(ROLES)) await sql.unsafe(`alter role ${role} login password '${PASSWORD}'`);

  /** Takes each grant of the role away for a while, and tells what then became of the command. */
  const without = async (role: string, needs: readonly Need[], command: () => Promise<unknown>) => {
    const told: [string, string][] = [];
    for (const { sql: statement } of needs.filter(need => need.role === role && !need.sql.startsWith('create role'))) {
      await sql.unsafe(undo(statement));
      // From PostgreSQL 16 on a role can be taken without what it may.
      told.push([statement.replaceAll(SUFFIX, 'x').replace(' with inherit false', ''), await outcomeOf(command())]);
      await sql.unsafe(statement);
    }
    return Object.fromEntries(told);
  };
  const unproved = { withoutBackupProof: true };

  const migrating = as(ROLES.migrateRole);
  const missing = (what: string) => expect.stringMatching(new RegExp(`^PRIVILEGE_MISSING .*${what}`));
  const taken = first.filter(need => !/"(anon|authenticated|service_role)"/.test(need.sql));
  expect(await without(ROLES.migrateRole, taken, () => migrate(migrating, unproved))).toEqual({
    // PostgreSQL 18 refuses before, at a name in a policy.
    'grant "cs_tables_x" to "cs_migrate_x";': missing(
      '(membership in the owner of "public"."organization_credits"|permission denied for schema auth)',
    ),
    'grant "cs_function_x" to "cs_migrate_x";': missing(
      'membership in cs_function_.*, the owner of the legacy function',
    ),
    [`grant create on database "${(await sql`select current_database() as name`)[0]?.name}" to "cs_migrate_x";`]:
      missing('CREATE on the database'),
    'grant create on schema "public" to "cs_migrate_x";': missing('CREATE on schema public'),
  });
  const roles = await without(
    ROLES.migrateRole,
    first.filter(need => !taken.includes(need)),
    async () => (await preflight(migrating)).findings?.results.find(finding => finding.name === 'proof.roles')?.rows,
  );
  expect(roles).toEqual(
    Object.fromEntries(
      ['anon', 'authenticated', 'service_role'].map(role => [
        `grant "${role}" to "cs_migrate_x";`,
        JSON.stringify([`this login may not take the role ${role}`]),
      ]),
    ),
  );
  await migrate(migrating, unproved);
  const [matrix] = await sql`select document::text as cells from creditshift.baseline where subject = 'matrix'`;
  expect(matrix?.cells).not.toContain('permission denied to set role');

  const second = await statements();
  const added = second.filter(need => !first.some(known => known.sql === need.sql));
  expect(added.map(need => need.role)).toEqual([ROLES.guardRole, ROLES.guardRole]);
  await sql.unsafe(added.map(need => need.sql).join('\n'));

  const verifying = as(ROLES.verifyRole);
  expect(await verify(verifying)).toMatchObject({ exitCode: 0 });
  const failed = await without(ROLES.verifyRole, first, async () => {
    const { exitCode, findings } = await verify(verifying, { only: 'security' });
    return [exitCode, findings?.results.flatMap(result => result.rows).find(row => row.includes('permission denied'))];
  });
  const denied = (role: string) =>
    expect.stringMatching(new RegExp(`^\\[5,".*permission denied to set role .*${role}`));
  expect(failed).toEqual({
    'grant "cs_tables_x" to "cs_verify_x";': expect.stringMatching(
      /^PRIVILEGE_MISSING .*permission denied for (table control|schema creditshift)/,
    ),
    ...Object.fromEntries(
      ['anon', 'authenticated', 'service_role'].map(role => [`grant "${role}" to "cs_verify_x";`, denied(role)]),
    ),
  });

  const watching = as(ROLES.guardRole);
  const look = async () => {
    const looks: Look[] = [];
    await guard({
      ...watching,
      stopping: () => true,
      progress: event => void (event.event === 'look' && looks.push(event)),
    });
    return looks[0]?.unread.filter(line => !line.startsWith('latency: permission denied'));
  };
  expect(await look()).toEqual([]);
  expect(await without(ROLES.guardRole, [...first, ...added], look)).toEqual({
    'alter role "cs_guard_x" bypassrls;': expect.stringContaining('row-level security'),
    'grant select on "public"."organization_credits" to "cs_guard_x";': expect.stringContaining(
      'permission denied for table organization_credits',
    ),
    'grant select on "public"."credit_consumption_logs" to "cs_guard_x";': expect.stringContaining(
      'permission denied for table credit_consumption_logs',
    ),
    'grant usage on schema creditshift to "cs_guard_x";': expect.stringMatching(/^PRIVILEGE_MISSING /),
    [String(added[1]?.sql).replaceAll(SUFFIX, 'x')]: expect.stringMatching(/^PRIVILEGE_MISSING /),
  });

  // Where guard may go back by itself, it has to be who can.
  const more = (await privileges(admin, { ...ROLES, guardRollback: true })).document.statements as Need[];
  await sql.unsafe(
    more
      .filter(need => need.role === ROLES.guardRole)
      .map(need => need.sql)
      .join('\n'),
  );
  expect(await rollback(watching, { method: 'disable' })).toMatchObject({ exitCode: 0 });
});
