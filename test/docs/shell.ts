import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './documents.ts';

/** Where the README's reader sits; the test's folder and database are shown as these. */
const SHOWN = { folder: '/home/dba/guardian', database: 'guardian' };

const PSQL = `
import postgres from '${join(root, 'node_modules/postgres/src/index.js')}';
const asWritten = { to: 114, from: [114, 3802], serialize: String, parse: text => text };
const sql = postgres(process.env.DATABASE_URL, { onnotice() {}, types: { json: asWritten } });
try {
  for (const row of await sql.unsafe(process.argv.at(-1)).values()) console.log(row.join('|'));
} catch (error) {
  console.log('ERROR:  ' + error.message);
}
await sql.end();`;

/** A shell as the README's reader has it: `creditshift` and `psql -Atc SQL` on the path, DATABASE_URL set. */
export function shell(url: string) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'creditshift-readme-')));
  const programs = join(folder, '.bin');
  mkdirSync(programs);
  writeFileSync(join(programs, 'psql.mjs'), PSQL);
  const program = (name: string, script: string) => {
    writeFileSync(join(programs, name), `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`);
    chmodSync(join(programs, name), 0o755);
  };
  program('psql', join(programs, 'psql.mjs'));
  program('creditshift', join(root, 'bin/creditshift.js'));
  const database = new URL(url).pathname.slice(1);

  /** Runs a command line; what it wrote to both streams, in order, and how it ended. */
  return function run(command: string): { output: string; code: number | null } {
    const file = join(programs, 'output');
    const out = openSync(file, 'w');
    const { status } = spawnSync('/bin/sh', ['-c', command], {
      cwd: folder,
      env: { PATH: `${programs}:${process.env.PATH}`, HOME: process.env.HOME, DATABASE_URL: url },
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    const output = readFileSync(file, 'utf8').replaceAll(folder, SHOWN.folder).replaceAll(database, SHOWN.database);
    return { output, code: status };
  };
}
