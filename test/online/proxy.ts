import { createServer, connect as dial, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A statement on its way to the server, numbered in the order of arrival over all connections. */
export interface Statement {
  number: number;
  text: string;
}

/** Decides what becomes of a statement; until it resolves, the connection stands still. */
export type Toll = (statement: Statement, forward: () => void) => void | Promise<void>;

/** A server address in front of that of `url`, whose every statement passes `toll`. Closed when the test ends. */
export async function openProxy(url: string, toll: Toll): Promise<string> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let count = 0;
  const proxy = createServer({ noDelay: true }, client => {
    const server = dial({ port: Number(target.port), host: target.hostname, noDelay: true });
    for (const socket of [client, server]) sockets.add(socket.on('error', () => {}));
    server.pipe(client);
    // What was sent is still executed: the server learns of the end after it.
    client.on('close', () => server.end());
    relay(client, server, (text, forward) => toll({ number: ++count, text }, forward)).catch(() => {});
  });
  await new Promise<void>(done => proxy.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = new URL(url);
  address.hostname = '127.0.0.1';
  address.port = String((proxy.address() as { port: number }).port);
  return address.href;
}

/** A server address where the statements that match stand still until `release`; `there`: so many of them do. */
export async function holdAt(url: string, pattern: RegExp, count = 1) {
  let release = () => {};
  let arrive = () => {};
  const released = new Promise<void>(done => {
    release = done;
  });
  const there = new Promise<void>(done => {
    arrive = done;
  });
  let held = 0;
  const through = await openProxy(url, async ({ text }, forward) => {
    if (pattern.test(text)) {
      held += 1;
      if (held === count) arrive();
      await released;
    }
    forward();
  });
  return { through, there, release };
}

type Pass = (text: string, forward: () => void) => void | Promise<void>;

/** Messages before the first typed one: a question whether to encrypt is as long as this, and another follows it. */
const NEGOTIATION = 8;
/** A program of its own connections, sending in an order of its own: it passes without toll. */
const FREE = /\0application_name\0pg_restore\0/;

/** Cuts what a client sends into protocol messages: each is a type, a length, a body; the first has no type. */
export async function relay(client: Socket, server: Socket, pass: Pass): Promise<void> {
  let pending = Buffer.alloc(0);
  let typed = 0;
  let free = false;
  for await (const chunk of client) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= typed + 4 && pending.length >= typed + pending.readInt32BE(typed)) {
      const message = pending.subarray(0, typed + pending.readInt32BE(typed));
      pending = pending.subarray(message.length);
      const text = typed && !free ? statementOf(message) : undefined;
      free ||= !typed && FREE.test(message.toString('latin1'));
      typed ||= message.length === NEGOTIATION ? 0 : 1;
      const forward = () => void server.write(message);
      if (text === undefined) forward();
      else await pass(text, forward);
    }
  }
}

/** The SQL of a Query or Parse message. */
function statementOf(message: Buffer): string | undefined {
  const type = String.fromCharCode(message[0] ?? 0);
  if (type === 'Q') return message.toString('utf8', 5, message.length - 1);
  if (type !== 'P') return undefined;
  const start = message.indexOf(0, 5) + 1;
  return message.toString('utf8', start, message.indexOf(0, start));
}
