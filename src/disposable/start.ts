import { Problem, UNTOUCHED } from '../problems.ts';
import { startContainer } from './container.ts';
import { startEmbedded } from './embedded.ts';
import type { DisposableServer } from './server.ts';
import { borrowServer } from './url.ts';

/**
 * Starts, or borrows, a throw-away PostgreSQL.
 * @param kind `embedded`, `docker`, `docker:IMAGE`, or the postgres:// URL of a server where databases may be created.
 */
export async function startServer(kind = 'embedded'): Promise<DisposableServer> {
  if (kind === 'embedded') return startEmbedded();
  if (kind === 'docker') return startContainer();
  if (/^docker:./.test(kind)) return startContainer(kind.slice('docker:'.length));
  if (/^postgres(ql)?:\/\//.test(kind)) return borrowServer(kind);
  throw new Problem('USAGE', 'This is no kind of throw-away server.', {
    state: UNTOUCHED,
    next: 'Name embedded, docker, docker:IMAGE or a postgres:// URL.',
  });
}
