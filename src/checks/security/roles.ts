import type { Model } from '../../config/model.ts';

/** Supabase's role of who is not signed in. */
const ANONYMOUS = 'anon';

/** Roles that call no function, unless the configuration says so; PUBLIC is none of them by name. */
export const strangers = ({ functions }: Model): string[] =>
  [ANONYMOUS].filter(role => !functions.execute.includes(role));

/** Roles that may act for themselves only: what one of them sees of a tenant, every tenant's users see. */
export const untrusted = ({ functions }: Model): string[] => [
  ...new Set([ANONYMOUS, ...functions.execute.filter(role => !functions.actForAll.includes(role))]),
];
