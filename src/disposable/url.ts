import { Problem, UNTOUCHED } from '../problems.ts';
import { administer } from './admin.ts';
import { databasesOf } from './databases.ts';
import type { DisposableServer } from './server.ts';
import { textOf } from './unavailable.ts';

/** Borrows a running server: creates databases there, and drops those, and nothing else. */
export async function borrowServer(url: string): Promise<DisposableServer> {
  const { version, role, allowed } = await inspect(url);
  if (allowed !== true) {
    throw new Problem('PRIVILEGE_MISSING', `${role} may not create databases on the throw-away server.`, {
      state: UNTOUCHED,
      next: `As a superuser of that server: ALTER ROLE ${role} CREATEDB`,
    });
  }
  const created = new Set<string>();
  const databases = databasesOf(url);
  async function dropDatabase(name: string): Promise<void> {
    if (!created.has(name)) throw new Error(`Database ${name} was not created in this run: it is not dropped.`);
    await databases.dropDatabase(name);
    created.delete(name);
  }
  return {
    label: `PostgreSQL ${version} at ${new URL(url).host}`,
    url,
    async createDatabase(name, template) {
      const target = await databases.createDatabase(name, template);
      created.add(name);
      return target;
    },
    dropDatabase,
    async stop() {
      for (const name of created) await dropDatabase(name);
    },
  };
}

async function inspect(url: string): Promise<Record<string, unknown>> {
  const statement = `select split_part(current_setting('server_version'), ' ', 1) as version,
                            quote_ident(rolname) as role, rolsuper or rolcreatedb as allowed
                       from pg_roles where rolname = current_user`;
  try {
    const [row] = await administer(url, statement);
    return row ?? {};
  } catch (cause) {
    // The URL is not shown: it holds a password.
    throw new Problem('CANNOT_CONNECT', 'The throw-away server named by its URL does not let us in.', {
      state: UNTOUCHED,
      next: 'Check the URL with psql, or name embedded instead of a URL.',
      details: [textOf(cause)],
      cause,
    });
  }
}
