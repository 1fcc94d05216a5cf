import type { ServerFacts } from './connect.ts';
import type { Resolved } from './libpq/resolve.ts';

/** `db.REF.supabase.co`: the server itself at 5432, its own pooler at 6543. */
const PROJECT = /^db\.([a-z0-9]+)\.supabase\.(?:co|net|red|in)$/;
/** The shared pooler: sessions at 5432, transactions at 6543; the project is in the role, `ROLE.REF`. */
const POOLER = /^[a-z0-9-]+\.pooler\.supabase\.(?:com|green)$/;

/** The URL past Supabase's pooler, without a password; undefined where there is none of Supabase's in between. */
export function directUrl({ hosts: [host], user, database }: Resolved): string | undefined {
  const [, role = user, ref = PROJECT.exec(host.name)?.[1]] =
    (POOLER.test(host.name) && /^(.*)\.([^.]+)$/.exec(user)) || [];
  const pooled = POOLER.test(host.name) || host.port === 6543;
  if (!pooled || ref === undefined) return undefined;
  return `postgresql://${encodeURIComponent(role)}@db.${ref}.supabase.co:5432/${encodeURIComponent(database)}`;
}

/** What to do where a pooler is in between. */
export const pastPooler = ({ directUrl }: Pick<ServerFacts, 'directUrl'>, option = '--database-url'): string =>
  directUrl === undefined
    ? `name the server itself, not its pooler, with ${option}`
    : `take the project's direct URL, ${directUrl}, with ${option} and the password by PGPASSWORD; it is reached by IPv6, or with Supabase's IPv4 add-on`;

/** What to do where the server itself, which has an IPv6 address only, is not reached. */
export const unreached = ({ hosts: [host], user }: Resolved): string | undefined => {
  const ref = PROJECT.exec(host.name)?.[1];
  if (ref === undefined) return undefined;
  return `Supabase's direct URL is reached by IPv6, or with the IPv4 add-on; without either take the session pooler (role ${user}.${ref}, port 5432), whose URL is under Connect in the dashboard`;
};
