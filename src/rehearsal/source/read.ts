import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Environment, ofServer, requirePrograms } from '../../backup/dump/programs.ts';
import { majorOf } from '../../backup/read.ts';
import { type Brake, brakeOf, copyOut } from '../../backup/stream.ts';
import type { Config } from '../../config/schema.ts';
import { recordedCatalog } from '../../database/catalog.ts';
import { connect, describeTarget, type ServerFacts, type Transaction } from '../../database/connect.ts';
import { asProblem } from '../../database/errors.ts';
import { readFacts } from '../../database/facts.ts';
import { pastPooler } from '../../database/supabase.ts';
import { creditColumns } from '../../privacy/columns.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import { type Hashes, hashesOf } from '../hashes.ts';
import { type Source, sourceOf } from './columns.ts';
import { type Role, readRoles } from './roles.ts';
import { dumpSchema } from './schema.ts';

const NEEDED = {
  needs: '--from',
  instead: 'write a dump where they are (pg_dump --inserts) and rehearse that: creditshift dry-run dump.sql',
};

/** What was read of a database: schema and rows lie in files of a private folder. */
export interface ReadSource {
  /** `host:port/database`. */
  label: string;
  /** Version of its server. */
  major: string;
  hashes: Hashes;
  roles: Role[];
  schema: string;
  tables: (Source & { file: string; rows: number })[];
}

/**
 * Reads schema, roles and credit tables in one read-only transaction, of one snapshot: it takes no transaction id, no lock
 * beyond ACCESS SHARE, and writes nothing.
 * @throws Problem PG_DUMP_NEEDED, DIRECT_CONNECTION_NEEDED, STATE_CONFLICT where a migration has begun
 */
export async function readSource(
  url: string,
  environment: Environment,
  config: Config,
  folder: string,
  stopping: () => boolean,
): Promise<ReadSource> {
  const target = { url, environment };
  const label = describeTarget(target);
  const { sql, server } = await connect(target, 'creditshift dry-run', 2);
  try {
    requireDirect(server);
    await requirePrograms(['pg_dump', 'pg_restore'], ofServer(server.versionNumber), environment, NEEDED);
    return (await sql.begin('isolation level repeatable read read only', async tx => {
      await tx.unsafe(`set local row_security = off; set local lock_timeout = '10s'; set local statement_timeout = 0;
        set local idle_in_transaction_session_timeout = 0`);
      const [moment] = await tx<{ snapshot: string; pid: number; begun: boolean }[]>`
        select pg_export_snapshot() as snapshot, pg_backend_pid() as pid,
               to_regnamespace('creditshift') is not null as begun`;
      if (!moment) throw new Error('the server answered nothing');
      if (moment.begun) throw alreadyBegun(label);
      const hashes = hashesOf(config, await readFacts(tx, config), await recordedCatalog(tx));
      const roles = await readRoles(tx, config);
      const schema = join(folder, 'schema.dump');
      await dumpSchema(url, moment.snapshot, schema, environment);
      const tables: ReadSource['tables'] = [];
      const brake = brakeOf(sql, moment.pid, stopping, interrupted);
      const secret = randomBytes(32).toString('hex');
      // Members and their users are in none of these tables.
      for (const table of await creditColumns(tx, config))
        tables.push(await copyTable(tx, sourceOf(table, secret), join(folder, `${tables.length}.copy`), brake));
      return { label, major: String(majorOf(server.version)), hashes, roles, schema, tables };
    })) as ReadSource;
  } catch (error) {
    throw asProblem(error, label);
  } finally {
    await sql.end({ timeout: 2 });
  }
}

async function copyTable(tx: Transaction, source: Source, file: string, brake: Brake) {
  const text = `copy (select ${source.expressions.join(', ')} from ${source.table}) to stdout (format text, encoding 'UTF8')`;
  const { rows } = await copyOut(tx, text, file, brake);
  return { ...source, file, rows };
}

const interrupted = (): Problem =>
  new Problem('INTERRUPTED', 'Stopped, as asked.', { state: UNTOUCHED, next: 'the same command again' });

function requireDirect(server: ServerFacts): void {
  if (server.direct) return;
  throw new Problem('DIRECT_CONNECTION_NEEDED', 'A pooler is in between, and pg_dump has to read the same snapshot.', {
    state: UNTOUCHED,
    next: pastPooler(server, '--from'),
  });
}

const alreadyBegun = (label: string) =>
  new Problem('STATE_CONFLICT', `A migration of ${label} has begun: what is rehearsed is the whole of one.`, {
    state: UNTOUCHED,
    next: 'creditshift status; rehearse on a copy from before, or after rollback --method drop',
  });
