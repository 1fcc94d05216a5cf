import { rename, rm } from 'node:fs/promises';
import { Problem, UNTOUCHED } from '../../problems.ts';

/**
 * Lets `write` fill a file beside `path`, and gives it that name when it is whole: what fails leaves no file, and an older
 * one as it was.
 * @throws Problem USAGE where the file cannot be written
 */
export async function wholeFile<T>(path: string, write: (partial: string) => Promise<T>): Promise<T> {
  const partial = `${path}.partial`;
  try {
    await rm(partial, { force: true });
    const result = await write(partial);
    await rename(partial, path);
    return result;
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    throw isOfTheFile(cause) ? fileProblem(`Cannot write ${path}`, cause) : cause;
  }
}

const isOfTheFile = (cause: unknown): boolean => (cause as NodeJS.ErrnoException)?.syscall !== undefined;

/** A file that cannot be read or written. */
export const fileProblem = (what: string, cause: unknown): Problem =>
  new Problem('USAGE', `${what}: ${(cause as Error).message}.`, {
    state: UNTOUCHED,
    next: 'name a file in a folder that is there, that you may use and that has room',
    cause,
  });
