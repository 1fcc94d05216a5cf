import * as fs from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { OWN_PREFIX } from './orphans.ts';
import { type PackageFile, type PlatformPackage, packageFiles } from './package.ts';
import { unavailable } from './unavailable.ts';

/** A complete copy of the package below `place` that every user can run, made once per version and user. */
export function cachedCopy(source: PlatformPackage, place: string): PlatformPackage {
  const files = packageFiles(source);
  const folder = join(place, `creditshift-postgres-${source.version}-${process.getuid?.()}`);
  if (!isComplete(folder, source, files)) {
    const fresh = writeCopy(source, files, place);
    // Another process may be quicker, and a cleaner of temporary files may have taken some of an older copy.
    while (!renamed(fresh, folder) && !isComplete(folder, source, files)) setAside(folder, place);
    fs.rmSync(fresh, { recursive: true, force: true });
  }
  return { ...source, folder };
}

function isComplete(folder: string, source: PlatformPackage, files: readonly PackageFile[]): boolean {
  const found = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (!found) return false;
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    unavailable(`${folder} is not this user's own: programs in it are not run.`, `Remove ${folder}.`, []);
  }
  const size = (path: string) => fs.statSync(path, { throwIfNoEntry: false })?.size;
  return files.every(({ path, content }) => size(join(folder, path)) === size(join(source.folder, content)));
}

function writeCopy(source: PlatformPackage, files: readonly PackageFile[], place: string): string {
  const fresh = fs.mkdtempSync(join(place, OWN_PREFIX));
  const folders = new Set([fresh]);
  for (const { path, content } of files) {
    const target = join(fresh, path);
    for (let folder = dirname(target); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
    fs.mkdirSync(dirname(target), { recursive: true });
    if (path === content) {
      fs.copyFileSync(join(source.folder, path), target, fs.constants.COPYFILE_FICLONE);
      fs.chmodSync(target, 0o755);
    } else {
      fs.symlinkSync(relative(dirname(path), content), target);
    }
  }
  // Whatever the umask, and the folder itself last: it is private until it is complete.
  for (const folder of [...folders].reverse()) fs.chmodSync(folder, 0o755);
  return fresh;
}

function renamed(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function setAside(folder: string, place: string): void {
  const aside = fs.mkdtempSync(join(place, OWN_PREFIX));
  fs.rmSync(aside, { recursive: true });
  try {
    fs.renameSync(folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  fs.rmSync(aside, { recursive: true, force: true });
}
