import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** What a file is recognised by: its size, its lines (a row each in COPY's text format) and its SHA-256. */
export class Digest {
  bytes = 0;
  rows = 0;
  readonly #hash = createHash('sha256');

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) this.rows++;
  }

  /** Call once, at the end. */
  sha256(): string {
    return this.#hash.digest('hex');
  }
}

/** Reads a file whole, a piece at a time. */
export async function digestFile(path: string): Promise<Digest> {
  const digest = new Digest();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digest.add(chunk);
  return digest;
}
