import { createServer, connect as dial, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server address in front of that of `url` whose connections can be cut, and which can go away. */
export async function cuttable(url: string): Promise<{ through: string; cut: () => void; close: () => void }> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const line = createServer(client => {
    const server = dial({ port: Number(port), host: hostname });
    for (const socket of [client, server]) sockets.add(socket.on('error', () => {}));
    client.pipe(server).pipe(client);
  });
  await new Promise<void>(done => line.listen(0, '127.0.0.1', done));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const close = () => {
    line.close();
    cut();
  };
  onTestFinished(close);
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((line.address() as { port: number }).port);
  return { through: through.href, cut, close };
}
