import { randomInt } from 'node:crypto';
import { connect } from '../database/connect.ts';
import { reserve } from '../database/reserve.ts';
import { Problem, UNTOUCHED } from '../problems.ts';

/** First key of the advisory locks by which runs show that they are at work; the second is the run's number. */
const AT_WORK = 0x63736869;

/** A run's place on a server that is not its own. */
export interface Claim {
  /** What the names of its databases begin with. */
  prefix: string;
  version: string;
  role: string;
  mayCreate: boolean;
  /** Its databases have to be gone before. */
  release: () => Promise<void>;
}

/**
 * Takes a number on the server, and says so by a lock that ends with this process, however that ends. All sessions see it,
 * of whatever database.
 * @throws Problem DIRECT_CONNECTION_NEEDED behind a pooler, where no lock lasts
 */
export async function claim(url: string): Promise<Claim> {
  const { sql, server } = await connect({ url, environment: {} }, 'creditshift', 1);
  try {
    if (!server.direct) throw pooled();
    const session = await reserve(sql);
    const number = randomInt(2 ** 31);
    const [role] = await session<{ role: string; mayCreate: boolean }[]>`
      select quote_ident(rolname) as role, rolsuper or rolcreatedb as "mayCreate",
             set_config('idle_session_timeout', '0', false), pg_advisory_lock(${AT_WORK}, ${number})
        from pg_roles where rolname = current_user`;
    return {
      prefix: `creditshift_${number.toString(16).padStart(8, '0')}_`,
      version: server.version.split(' ')[0] ?? '',
      role: role?.role ?? server.user,
      mayCreate: role?.mayCreate ?? false,
      release: async () => {
        session.release();
        await sql.end({ timeout: 1 });
      },
    };
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
}

/** The databases of runs that are gone, as far as this role may drop them. */
export const ABANDONED = `
  select datname as name from pg_database as d
   where datname ~ '^creditshift_[0-9a-f]{8}_' and pg_has_role(datdba, 'usage')
     and not exists (select from pg_locks as l
                      where l.locktype = 'advisory' and l.classid = ${AT_WORK}::oid and l.objsubid = 2
                        and lpad(to_hex(l.objid::bigint), 8, '0') = split_part(datname, '_', 2))`;

const pooled = () =>
  new Problem('DIRECT_CONNECTION_NEEDED', 'A pooler is in front of the throw-away server.', {
    state: UNTOUCHED,
    next: 'name the server itself by --server, or embedded',
  });
