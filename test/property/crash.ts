import { createServer, connect as dial, type Socket } from 'node:net';
import { relay } from '../online/proxy.ts';

/** A way to the server that breaks for good, as when the program or the network dies. */
export interface Fuse {
  url: string;
  /** Resolves when it breaks. */
  broken: Promise<true>;
  close: () => void;
}

/**
 * A server address that breaks at the statement of that number, over all connections.
 * @param sent the server still gets that statement; its answer never comes back
 */
export async function openFuse(url: string, at: number, sent: boolean): Promise<Fuse> {
  const target = new URL(url);
  const clients = new Set<Socket>();
  let count = 0;
  let broken = false;
  let tell = (_: true) => {};
  const told = new Promise<true>(done => {
    tell = done;
  });
  const proxy = createServer({ noDelay: true }, client => {
    clients.add(client.on('error', () => {}));
    const server = dial({ port: Number(target.port), host: target.hostname, noDelay: true });
    server.on('error', () => {}).pipe(client);
    // What was sent is still executed: the server learns of the end after it.
    client.on('close', () => {
      clients.delete(client);
      server.end();
    });
    relay(client, server, (_, forward) => {
      count += 1;
      if (count < at || (count === at && sent)) forward();
      if (count < at || broken) return;
      broken = true;
      proxy.close();
      for (const open of clients) open.destroy();
      tell(true);
    }).catch(() => {});
  });
  await new Promise<void>(done => proxy.listen(0, '127.0.0.1', done));
  const address = new URL(url);
  address.hostname = '127.0.0.1';
  address.port = String((proxy.address() as { port: number }).port);
  return {
    url: address.href,
    broken: told,
    close: () => {
      for (const open of clients) open.destroy();
      proxy.close();
    },
  };
}
