import { once } from 'node:events';
import { connect as connectSocket, type NetConnectOpts, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Host } from './resolve.ts';

/** How a connection begins: encrypted or not, or encrypted if the server can (sslmode=prefer). */
export type Way = 'plain' | 'encrypted' | 'either';

/** What a socket needs to know. */
export interface Line {
  host: Host;
  way: Way;
  tls: ConnectionOptions;
  /** Milliseconds; 0 is no limit. */
  timeout: number;
}

/** Asks the server for encryption: length, and the code 1234.5679. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * A socket to the server, ready for the first message. It never rejects: the driver keeps a connection for good whose
 * socket it did not get, so a failure is the error of a socket that is closed at once.
 */
export async function dial(line: Line): Promise<Socket> {
  let socket = new Socket();
  let reached = false;
  const late = Object.assign(new Error(`no answer in ${line.timeout / 1000} s`), { code: 'CONNECT_TIMEOUT' });
  const timer = line.timeout > 0 ? setTimeout(() => socket.destroy(late), line.timeout) : undefined;
  try {
    socket = connectSocket(addressOf(line.host));
    await once(socket, 'connect');
    reached = true;
    if (line.way === 'plain' || isFolder(line.host.name)) return socket;
    const direct = line.tls.ALPNProtocols !== undefined;
    if (!direct && !(await offersTls(socket))) {
      if (line.way === 'either') return socket;
      throw new Error('the server does not offer TLS, and sslmode requires it');
    }
    const secure = connectTls({ ...line.tls, socket });
    socket = secure;
    await once(secure, 'secureConnect');
    return socket;
  } catch (error) {
    socket.destroy();
    const failed = new Socket();
    const reason = reached && error !== late ? tlsError(error as Error) : (error as Error);
    setImmediate(() => failed.destroy(reason));
    return failed;
  } finally {
    clearTimeout(timer);
  }
}

/** By its code an error of the connection, whatever OpenSSL calls it. */
const tlsError = (cause: Error) => Object.assign(new Error(cause.message, { cause }), { code: 'CONNECTION_TLS' });

/** Whether the host is the folder of a unix socket. */
export const isFolder = (name: string): boolean => name.startsWith('/') || name.startsWith('@');

function addressOf({ name, address, port }: Host): NetConnectOpts {
  if (isFolder(name) && !address) return { path: `${name.replace(/^@/, '\0')}/.s.PGSQL.${port}` };
  return { host: address ?? name, port };
}

/** One byte answers, S or N; more would be from someone in between (CVE-2021-23222). */
async function offersTls(socket: Socket): Promise<boolean> {
  socket.write(SSL_REQUEST);
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  const [answer] = (await once(socket, 'data', { signal: closed.signal }).catch(error => {
    throw closed.signal.aborted ? new Error('the server closed the connection') : error;
  })) as [Buffer];
  if (answer.length !== 1) throw new Error('the server said more than it was asked for before TLS');
  return answer[0] === 0x53;
}
