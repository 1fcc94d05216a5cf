import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { changesOf } from '../../config/changes.ts';
import { stepsTo } from '../../migrator.ts';
import type { Block, Result } from '../../output/types.ts';
import { type Migration, migrationsOf, stepsForFiles } from '../../plan/files.ts';
import { type FileName, type Naming, namesFor } from '../../plan/names.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import { neededOf } from '../../steps/step.ts';
import { readOnly, type Session } from '../session/session.ts';
import { fileProblem } from '../shown/whole-file.ts';

/**
 * Writes the pending steps that another tool can run as migrations into its folder, numbered after what is there.
 * @throws Problem USAGE where the folder has them already, or cannot be written; STATE_CONFLICT where a revision comes first
 */
export async function writeFiles(
  session: Session,
  folder: string,
  naming: Naming = 'plain',
  to?: string,
): Promise<Result> {
  const { state, config, model, server } = session;
  if (state && changesOf(state.config, config).lines.length > 0) throw revisionFirst();
  const target = neededOf(stepsTo(to), model);
  const concurrent = to !== undefined && target.at(-1)?.kind === 'concurrent';
  const { steps, own } = stepsForFiles(target, state, concurrent);
  const migrations = steps.length === 0 ? [] : await readOnly(session, tx => migrationsOf(tx, steps, model, naming));
  const present = await readdir(folder).catch(() => []);
  requireNew(migrations, present, folder);
  const names = namesFor(
    naming,
    migrations.map(migration => migration.title),
    present,
    new Date(),
  );
  const written = await writeAll(folder, migrations, names);
  const files = written.map(file => join(folder, file));
  const next = own ? `creditshift migrate --to ${own.name}` : 'creditshift plan';
  const none: Block = own
    ? { kind: 'mark', tone: 'warn', text: `Nothing was written: ${own.name} is what only creditshift does.` }
    : { kind: 'mark', tone: 'good', text: `Nothing was written: ${server.database} has no pending step up to there.` };
  return {
    document: { database: server.database, files, next: own?.name ?? null },
    blocks: [
      ...(files.length === 0
        ? [none]
        : files.map((file): Block => ({ kind: 'mark', tone: 'good', text: `Wrote ${file}.` }))),
      { kind: 'text', text: `Next: ${files.length > 0 ? 'run these, then ' : ''}${next}` },
    ],
  };
}

async function writeAll(
  folder: string,
  migrations: readonly Migration[],
  names: readonly FileName[],
): Promise<string[]> {
  const written: string[] = [];
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
    written.push(name);
  };
  try {
    for (const [i, { forward, undo, alone }] of migrations.entries()) {
      const name = names[i] as FileName;
      await write(name.forward, forward);
      if (alone && name.settings) await write(name.settings, 'executeInTransaction=false\n');
      if (undo && name.undo) await write(name.undo, undo);
    }
    return written;
  } catch (cause) {
    throw fileProblem(`Cannot write into ${folder}`, cause);
  }
}

/** Twice in one folder, a step would be run once and fail, or be skipped, the second time. */
function requireNew(migrations: readonly Migration[], present: readonly string[], folder: string): void {
  const there = migrations.flatMap(({ title }) => present.filter(name => name.includes(title)));
  if (there.length === 0) return;
  throw new Problem('USAGE', `${folder} has these steps already.`, {
    state: UNTOUCHED,
    next: 'run those, or remove them, or name another folder',
    details: there,
  });
}

const revisionFirst = () =>
  new Problem('STATE_CONFLICT', 'A revision of the configuration comes first, which only creditshift applies.', {
    state: UNTOUCHED,
    next: 'creditshift plan, then creditshift migrate',
  });
