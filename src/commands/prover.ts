import { type Proof, writeProof } from '../backup/proof.ts';
import { checkServer, prove } from '../backup/prove.ts';
import { makeRoles, removeRoles } from '../backup/schema/rebuild.ts';
import { readManifest } from '../backup/verify.ts';
import { connect } from '../database/connect.ts';
import type { DisposableServer } from '../disposable/server.ts';
import { startServer } from '../disposable/start.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import type { Context } from './context.ts';
import type { Session } from './session.ts';

/**
 * Hands `body` what proves a backup of the session's database: restores it into a database of a throw-away server, and
 * writes the outcome beside the manifest. Server, database and roles are gone afterwards.
 * @throws Problem DISPOSABLE_UNAVAILABLE, or BACKUP_NEWER where the server is too old, before `body` begins
 */
export async function withProver<T>(
  context: Context,
  session: Session,
  kind: string | undefined,
  body: (prove: (folder: string) => Promise<Proof>) => Promise<T>,
): Promise<T> {
  const server = await startServer(kind).catch(error => {
    throw error instanceof Problem && error.code === 'DISPOSABLE_UNAVAILABLE' ? withoutServer(error) : error;
  });
  try {
    await requireFit(server, session);
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
      'A proof needs a throw-away server: --server embedded, docker, docker:IMAGE, or a postgres:// URL.',
      'Where none can be had: creditshift backup, then creditshift migrate --without-backup-proof',
    ],
    cause,
  });

/** The version of the database's own server, and the right to make roles and give them what they had. */
async function requireFit({ url, label }: DisposableServer, session: Session): Promise<void> {
  const { sql, server } = await connect({ url, environment: {} }, 'creditshift', 1);
  try {
    checkServer(session.server.version, server.version);
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

async function proveOn(server: DisposableServer, { progress }: Context, folder: string): Promise<Proof> {
  const name = `creditshift_proof_${process.pid}_${Date.now().toString(36)}`;
  const started = performance.now();
  progress({ event: 'step', step: 'proof', claim: `restored on ${server.label}` });
  const { schema } = await readManifest(folder);
  // One connection: what is set for the restore lasts until its end.
  const { sql: maintenance } = await connect({ url: server.url, environment: {} }, 'creditshift', 1);
  try {
    const made = await makeRoles(maintenance, schema?.roles ?? []);
    const { sql, server: facts } = await connect(
      { url: await server.createDatabase(name), environment: {} },
      'creditshift',
      1,
    );
    try {
      return await prove({ sql, server: facts, label: server.label }, folder);
    } finally {
      await sql.end({ timeout: 1 });
      await server.dropDatabase(name);
      await removeRoles(maintenance, made);
      progress({ event: 'done', step: 'proof', milliseconds: performance.now() - started });
    }
  } finally {
    await maintenance.end({ timeout: 1 });
  }
}
