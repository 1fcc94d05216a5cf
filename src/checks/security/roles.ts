import type { Model } from '../../config/model.ts';

/** Supabase's role of who is not signed in. */
export const ANONYMOUS = 'anon';

/** Roles that call no function, unless the configuration says so; PUBLIC is none of them by name. */
export const strangers = ({ functions }: Model): string[] =>
  [ANONYMOUS].filter(role => !functions.execute.includes(role));

/** Roles that may act for themselves only: what one of them sees of a tenant, every tenant's users see. */
export const untrusted = ({ functions }: Model): string[] => [
  ...new Set([ANONYMOUS, ...functions.execute.filter(role => !functions.actForAll.includes(role))]),
];

/** SQL: whether what is granted to the role with oid `grantee` reaches one of the roles of a JSON list, or PUBLIC. */
export const reaches = (grantee: string, roles: string): string => `(${grantee} = 0 or exists (
  select from pg_roles as u
   where u.rolname in (select jsonb_array_elements_text(${roles}::text::jsonb)) and pg_has_role(u.oid, ${grantee}, 'usage')))`;
