import type { Duplex } from 'node:stream';
import postgres from 'postgres';
import { onTestFinished } from 'vitest';

/** Microseconds between 1970 and 2000, where PostgreSQL's clock begins. */
const EPOCH = 946_684_800_000_000n;

export interface Standby {
  /** Tells the server that all up to this position of the WAL is replayed. */
  replayed(lsn: string): void;
}

/**
 * A standby as the primary sees one: a real walsender of the real server, at the end of whose connection nothing is
 * replayed. `replayed` tells the server how far it claims to be (https://www.postgresql.org/docs/15/protocol-replication.html).
 */
export async function connectStandby(url: string, name: string): Promise<Standby> {
  const sql = postgres(url, {
    max: 1,
    prepare: false,
    fetch_types: false,
    connection: { application_name: name, replication: 'true' } as never,
  });
  onTestFinished(() => sql.end({ timeout: 0 }));
  const [system] = await sql.unsafe('IDENTIFY_SYSTEM').simple();
  // Both ways, although the driver’s types know only one.
  const stream = (await sql.unsafe(`START_REPLICATION PHYSICAL ${system?.xlogpos}`).writable()) as Duplex;
  // It ends with the connection, when the test does.
  stream.on('error', () => {}).resume();
  const replayed = (lsn: string) => {
    const [high = '0', low = '0'] = lsn.split('/');
    const position = (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
    const message = Buffer.alloc(34);
    message.write('r');
    for (const offset of [1, 9, 17]) message.writeBigUInt64BE(position, offset);
    message.writeBigUInt64BE(BigInt(Date.now()) * 1000n - EPOCH, 25);
    stream.write(message);
  };
  replayed(system?.xlogpos);
  return { replayed };
}
