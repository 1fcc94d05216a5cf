import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Transaction } from '../database/connect.ts';
import { Digest } from './digest.ts';

/** What stops a COPY that nobody wants any more. */
export interface Brake {
  /** Asks the server to end the running statement. */
  cancel: () => Promise<unknown>;
  /** Throws when the user asked to stop. */
  check: () => void;
}

/** Streams a `COPY … TO STDOUT` into a new private file that is on disk when this returns. */
export async function copyOut(tx: Transaction, text: string, path: string, brake: Brake): Promise<Digest> {
  const file = await open(path, 'wx', 0o600);
  try {
    const digest = new Digest();
    let failure: unknown;
    try {
      for await (const chunk of await tx.unsafe(text).readable()) {
        // postgres.js never resumes a stream that was left early: it is cancelled, and read to its end.
        if (failure) continue;
        try {
          brake.check();
          digest.add(chunk);
          await file.appendFile(chunk);
        } catch (error) {
          failure = error;
          await brake.cancel().catch(() => {});
        }
      }
    } catch (error) {
      throw failure ?? error;
    }
    if (failure) throw failure;
    await file.sync();
    return digest;
  } finally {
    await file.close();
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
