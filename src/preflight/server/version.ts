import { type Criterion, judge } from '../criterion.ts';

/** The newest major version that creditshift was tried on. */
const TRIED = 18;

export const version: Criterion = {
  name: 'server.version',
  claim: `PostgreSQL 15 to ${TRIED}`,
  remedy: `rehearse on a server of this version: creditshift dry-run --server docker --image postgres:VERSION`,
  // Older than 15 is no connection.
  find: async ({ server }) => {
    const found = `PostgreSQL ${server.version}`;
    return judge([], Math.floor(server.versionNumber / 10_000) > TRIED ? [found] : [], found);
  },
};
