import { describeTarget, type Target } from '../database/connect.ts';
import { standaloneUrl } from '../database/libpq/standalone.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { administer } from './admin.ts';
import { ABANDONED, claim } from './claim.ts';
import { databasesOf } from './databases.ts';
import type { DisposableServer } from './server.ts';

/** Variables that say where the database is that is migrated: a server that is borrowed is elsewhere. */
const WHERE = ['PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGDATABASE', 'PGSERVICE', 'PGOPTIONS'];

/**
 * Borrows a running server: creates databases there, and drops those, and what runs have left that are gone, and nothing
 * else. The URL means what it means to libpq, with the passwords and certificates of `environment`.
 * @throws Problem CANNOT_CONNECT, WRONG_PASSWORD, PRIVILEGE_MISSING, DIRECT_CONNECTION_NEEDED
 */
export async function borrowServer(named: string, environment: Target['environment'] = {}): Promise<DisposableServer> {
  const rest = Object.fromEntries(Object.entries(environment).filter(([name]) => !WHERE.includes(name)));
  const url = standaloneUrl({ url: named, environment: rest });
  const { prefix, version, role, mayCreate, release } = await claim(url).catch(asBorrowing);
  if (!mayCreate) {
    await release();
    throw new Problem('PRIVILEGE_MISSING', `${role} may not create databases on the throw-away server.`, {
      state: UNTOUCHED,
      next: `As a superuser of that server: ALTER ROLE ${role} CREATEDB`,
    });
  }
  const databases = databasesOf(url);
  for (const { name } of await administer(url, ABANDONED)) await databases.dropDatabase(String(name));
  const created = new Set<string>();
  const ownName = (name: string) => (created.has(name) ? prefix + name : name);
  async function dropDatabase(name: string): Promise<void> {
    if (!created.has(name)) throw new Error(`Database ${name} was not created in this run: it is not dropped.`);
    await databases.dropDatabase(prefix + name);
    created.delete(name);
  }
  return {
    label: `PostgreSQL ${version} at ${describeTarget({ url, environment: {} })}`,
    url,
    async createDatabase(name, template) {
      const target = await databases.createDatabase(prefix + name, template && ownName(template));
      created.add(name);
      return target;
    },
    dropDatabase,
    async stop() {
      for (const name of created) await dropDatabase(name);
      await release();
    },
  };
}

/** The next command of a problem with the server is about --server, not about the database of the command. */
function asBorrowing(error: unknown): never {
  if (!(error instanceof Problem) || error.code === 'DIRECT_CONNECTION_NEEDED') throw error;
  const { code, message, details, cause } = error;
  throw new Problem(code, `The throw-away server: ${message}`, {
    state: UNTOUCHED,
    next: 'check the URL of --server with psql, or name embedded instead',
    details,
    cause,
  });
}
