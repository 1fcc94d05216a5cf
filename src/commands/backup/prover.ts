import { findProgram } from '../../backup/dump/programs.ts';
import { proveDump } from '../../backup/dump/prove.ts';
import { type Proof, writeProof } from '../../backup/proof.ts';
import { checkServer, type EmptyDatabase, prove } from '../../backup/prove.ts';
import { majorOf } from '../../backup/read.ts';
import { makeRoles, removeRoles } from '../../backup/schema/rebuild.ts';
import { readManifest } from '../../backup/verify.ts';
import { connect } from '../../database/connect.ts';
import type { DisposableServer } from '../../disposable/server.ts';
import { type ServerOptions, startServer } from '../../disposable/start.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import type { Context } from '../session/context.ts';

/**
 * Hands `body` what proves a backup of a server of that version: restores it into a database of a throw-away server, its
 * full dump into another, and writes the outcome beside the manifest. Server, database and roles are gone afterwards.
 * @throws Problem DISPOSABLE_UNAVAILABLE, or BACKUP_NEWER where the server is too old, before `body` begins
 */
export async function withProver<T>(
  context: Context,
  version: string,
  options: ServerOptions,
  body: (prove: (folder: string) => Promise<Proof>) => Promise<T>,
): Promise<T> {
  const server = await startServer(options, String(majorOf(version)), context.target.environment).catch(error => {
    throw error instanceof Problem && error.code === 'DISPOSABLE_UNAVAILABLE' ? withoutServer(error) : error;
  });
  try {
    await requireFit(server, version);
    return await body(async folder => {
      const proof = await proveOn(server, context, folder);
      await writeProof(folder, proof);
      return proof;
    });
  } finally {
    await server.stop();
  }
}

const withoutServer = ({ code, message, state, next, details, cause }: Problem) =>
  new Problem(code, message, {
    state,
    next,
    details: [
      ...details,
      'A proof needs a throw-away server: --server embedded, docker, or a postgres:// URL.',
      'Where none can be had: creditshift backup, then creditshift migrate --without-backup-proof',
    ],
    cause,
  });

/** The version of the database's own server, and the right to make roles and give them what they had. */
async function requireFit({ url, label }: DisposableServer, version: string): Promise<void> {
  const { sql, server } = await connect({ url, environment: {} }, 'creditshift', 1);
  try {
    checkServer(version, server.version);
    const [role] = await sql<{ superuser: boolean }[]>`
      select rolsuper as superuser from pg_roles where rolname = current_user`;
    if (role?.superuser) return;
  } finally {
    await sql.end({ timeout: 1 });
  }
  throw new Problem('DISPOSABLE_UNAVAILABLE', `${label} does not let us in as a superuser.`, {
    state: UNTOUCHED,
    next: 'name a server of its own with --server: embedded, docker, or the URL of a superuser',
    details: ['Owners, roles and privileges are made again there, to be compared.'],
  });
}

async function proveOn(server: DisposableServer, context: Context, folder: string): Promise<Proof> {
  const { progress, target } = context;
  const name = 'proof';
  const manifest = await readManifest(folder);
  const within = <T>(step: string, body: (database: EmptyDatabase) => Promise<T>) => {
    progress({ event: 'step', step, claim: `restored on ${server.label}` });
    return inNewDatabase(server, name, body, milliseconds => progress({ event: 'done', step, milliseconds }));
  };
  // One connection: what is set for the restore lasts until its end.
  const { sql: maintenance } = await connect({ url: server.url, environment: {} }, 'creditshift', 1);
  let made: string[] = [];
  try {
    made = await makeRoles(maintenance, manifest.schema?.roles ?? []);
    const proof = await within('proof', database => prove(database, folder));
    if (!manifest.dump) return proof;
    const needed = { major: manifest.dump.major, of: 'the dump' } as const;
    const program = await findProgram('pg_restore', needed, target.environment);
    if (program.fault !== undefined) return { ...proof, dumpUnproved: program.fault };
    const { dump, faults } = await within('proof of the dump', database =>
      proveDump(database, folder, manifest, { PATH: target.environment.PATH }),
    );
    return { ...proof, dump, faults: [...proof.faults, ...faults] };
  } finally {
    await removeRoles(maintenance, made);
    await maintenance.end({ timeout: 1 });
  }
}

/** An empty database of the server for as long as `body` takes. */
async function inNewDatabase<T>(
  server: DisposableServer,
  name: string,
  body: (database: EmptyDatabase) => Promise<T>,
  done: (milliseconds: number) => void,
): Promise<T> {
  const started = performance.now();
  const url = await server.createDatabase(name);
  try {
    const { sql, server: facts } = await connect({ url, environment: {} }, 'creditshift', 1);
    return await body({ sql, url, server: facts, label: server.label }).finally(() => sql.end({ timeout: 1 }));
  } finally {
    await server.dropDatabase(name);
    done(performance.now() - started);
  }
}
