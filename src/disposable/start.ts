import type { Target } from '../database/connect.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { startContainer } from './container.ts';
import { startEmbedded } from './embedded.ts';
import type { DisposableServer } from './server.ts';
import { borrowServer } from './url.ts';

/** The oldest version that is supported: what runs there runs on the others. */
const EMBEDDED_MAJOR = '15';
const CONTAINER_MAJOR = '17';

/** Which throw-away server a command is to use, as its options say. */
export interface ServerOptions {
  /** `embedded`, the default, `docker`, or the postgres:// URL of a server where databases may be created. */
  server?: string;
  /** Major version of a server that is started. */
  postgres?: string;
  /** Image of a container; `postgres:` and the version when absent. */
  image?: string;
}

/**
 * Starts, or borrows, a throw-away PostgreSQL.
 * @param like major version of a server that is started, where the options name none
 * @param environment passwords and certificates for a URL
 * @throws Problem USAGE, DISPOSABLE_UNAVAILABLE; of a URL CANNOT_CONNECT, WRONG_PASSWORD, PRIVILEGE_MISSING, DIRECT_CONNECTION_NEEDED
 */
export async function startServer(
  options: ServerOptions = {},
  like?: string,
  environment: Target['environment'] = {},
): Promise<DisposableServer> {
  const { server = 'embedded', postgres, image } = options;
  const borrowed = isUrl(server);
  if (!borrowed && server !== 'embedded' && server !== 'docker') {
    throw usage('This is no kind of throw-away server.', 'name embedded, docker or a postgres:// URL');
  }
  if (image !== undefined && server !== 'docker') {
    throw usage('--image is for a container.', 'name --server docker too, or leave it out');
  }
  if (postgres !== undefined && (borrowed || image !== undefined)) {
    const decided = borrowed ? 'The server of a URL' : 'An image';
    throw usage(`${decided} has its version already.`, 'leave out --postgres');
  }
  if (borrowed) return borrowServer(server, environment);
  const major = postgres ?? like;
  if (server === 'docker') return startContainer(image ?? `postgres:${major ?? CONTAINER_MAJOR}`);
  return startEmbedded(major ?? EMBEDDED_MAJOR);
}

/** Whether a server is one to borrow. */
export const isUrl = (server = '') => /^postgres(ql)?:\/\//.test(server);

const usage = (message: string, next: string) => new Problem('USAGE', message, { state: UNTOUCHED, next });
