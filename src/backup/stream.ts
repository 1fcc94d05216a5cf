import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Queryable, Sql, Transaction } from '../database/connect.ts';
import { Digest } from './digest.ts';

/** What stops a COPY that nobody wants any more. */
export interface Brake {
  /** Asks the server to end the running statement. */
  cancel: () => Promise<unknown>;
  /** Throws when the user asked to stop. */
  check: () => void;
}

/** The brake of the backend `pid`: `interrupted` is thrown when the user asked to stop. */
export const brakeOf = (sql: Sql, pid: number, stopping: () => boolean, interrupted: () => Error): Brake => ({
  cancel: async () => sql`select pg_cancel_backend(${pid})`,
  check: () => {
    if (stopping()) throw interrupted();
  },
});

/** Streams a `COPY … TO STDOUT` into a new private file that is on disk when this returns. */
export async function copyOut(tx: Queryable, text: string, path: string, brake: Brake): Promise<Digest> {
  const file = await open(path, 'wx', 0o600);
  try {
    const digest = new Digest();
    await consume(await tx.unsafe(text).readable(), brake, async chunk => {
      digest.add(chunk);
      await file.appendFile(chunk);
    });
    await file.sync();
    return digest;
  } finally {
    await file.close();
  }
}

/** Hands over what the server sends; when `take` fails the statement is cancelled, and read to its end. */
async function consume(source: Readable, brake: Brake, take: (chunk: Buffer) => Promise<void>): Promise<void> {
  let failure: unknown;
  try {
    for await (const chunk of source) {
      // Leaving the loop would leave the connection in the midst of its COPY, unusable.
      if (failure) continue;
      try {
        brake.check();
        await take(chunk);
      } catch (error) {
        failure = error;
        await brake.cancel().catch(() => {});
      }
    }
  } catch (error) {
    throw failure ?? error;
  } finally {
    resume(source);
  }
  if (failure) throw failure;
}

/** postgres.js pauses its socket while the stream is full, and leaves it so when the stream ends or fails just then. */
function resume(source: Readable): void {
  try {
    source._read(0);
  } catch {
    // The connection is gone, and its socket with it.
  }
}

/** Streams a file into a `COPY … FROM STDIN`. */
export async function copyIn(tx: Transaction, text: string, path: string): Promise<Digest> {
  const query = tx.unsafe(text);
  const target = await query.writable();
  const digest = new Digest();
  const measured = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      digest.add(chunk);
      yield chunk;
    }
  };
  try {
    await Promise.race([pipeline(createReadStream(path), measured, target), lateError(query)]);
  } finally {
    target.destroy();
  }
  return digest;
}

/**
 * An error after the last byte was sent (a broken last line, a duplicate key) reaches the query only, whose promise
 * has already been fulfilled with the stream: without this the caller would wait for ever.
 */
function lateError(query: object): Promise<never> {
  return new Promise((_, reject) => Object.assign(query, { reject }));
}
