import { open, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

const SKIPPED = ['node_modules', '.git'];
/** Bytes beyond which a file is no source; it is told of, not searched. */
const LARGE = 10_000_000;

/**
 * `file:line: text` of every line under the folder that holds one of these names as a word, in plain text. Links,
 * binary files, node_modules and .git are passed by.
 */
export async function searchSource(folder: string, names: readonly string[]): Promise<string[]> {
  const words = names.map(name => name.replaceAll(/[^\w]/g, '\\$&')).join('|');
  const wanted = new RegExp(`(?<![\\w$])(?:${words})(?![\\w$])`);
  const found: string[] = [];
  for await (const file of filesOf(folder)) {
    const name = relative(folder, file);
    const text = await textOf(file);
    if (text === 'large') found.push(`${name}: larger than ${LARGE / 1_000_000} MB, not searched`);
    else if (text !== 'binary')
      text.lines.forEach((line, index) => {
        if (wanted.test(line)) found.push(`${name}:${index + 1}: ${line.trim().slice(0, 120)}`);
      });
  }
  return found;
}

async function* filesOf(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED.includes(entry.name)) yield* filesOf(path);
    else if (entry.isFile()) yield path;
  }
}

async function textOf(file: string): Promise<'large' | 'binary' | { lines: string[] }> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8192), 0, 8192, 0);
    if (buffer.subarray(0, bytesRead).includes(0)) return 'binary';
    if ((await handle.stat()).size > LARGE) return 'large';
    return { lines: (await readFile(handle, 'utf8')).split(/\r?\n/) };
  } finally {
    await handle.close();
  }
}
