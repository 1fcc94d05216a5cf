import { readFileSync, statSync } from 'node:fs';

/** Whom a password is for. */
export interface Login {
  host: string;
  port: string;
  dbname: string;
  user: string;
}

/**
 * The password of the first line that fits, by the rules of libpq: fields apart by colons, `*` for any, a backslash
 * before a colon or backslash that is meant. A file that is not there, or that others may read, has none.
 */
export function readPassword(file: string, login: Login): string | undefined {
  if (passfileFault(file)) return undefined;
  const wanted = [login.host, login.port, login.dbname, login.user];
  for (const line of linesOf(file)) {
    if (line === '' || line.startsWith('#')) continue;
    const fields = [...line.matchAll(/((?:\\.|[^:\\]|\\$)*)(?::|$)/g)].map(match => match[1] ?? '');
    const fits = wanted.every((value, i) => fields[i] === '*' || plain(fields[i] ?? '') === value);
    if (fields.length > 4 && fits) return plain(fields[4] ?? '');
  }
  return undefined;
}

/** Why a password file that is there is ignored. */
export function passfileFault(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (!found.isFile()) return `The password file ${file} is no plain file: it is ignored.`;
  if (found.mode & 0o077) return `Others may read the password file ${file}: it is ignored until you chmod 600 it.`;
  return undefined;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch {
    return [];
  }
}

const plain = (field: string) => field.replace(/\\(.)/g, '$1');
