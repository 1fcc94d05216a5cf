import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { packageRoot } from '../config/render.ts';
import type { Result } from '../output/types.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import type { Context } from './session/context.ts';

export interface InitOptions {
  /** Name of the configuration to copy. */
  example?: string;
}

const EXAMPLES = ['guardian'];

/**
 * Writes a commented configuration to start from; an existing file is never overwritten.
 * @throws Problem USAGE, CONFIG_EXISTS
 */
export async function init(context: Context, options: InitOptions): Promise<Result> {
  const example = requireExample(options.example);
  const path = resolve(context.folder, context.configPath);
  try {
    await copyFile(join(packageRoot, 'examples', `${example}.yaml`), path, constants.COPYFILE_EXCL);
  } catch (cause) {
    throw cannotWrite(context.configPath, cause as NodeJS.ErrnoException);
  }
  return {
    document: { written: path, example },
    blocks: [
      { kind: 'mark', tone: 'good', text: `${context.configPath} is written: the ${example} example.` },
      { kind: 'text', text: 'Next: adapt it to your tables, then creditshift inspect' },
    ],
  };
}

function requireExample(name: string | undefined): string {
  if (name !== undefined && EXAMPLES.includes(name)) return name;
  const message =
    name === undefined
      ? 'init writes an example so far; making a configuration from your own database is not built yet.'
      : `There is no example "${name}".`;
  throw new Problem('USAGE', message, { state: UNTOUCHED, next: `creditshift init --example ${EXAMPLES.join('|')}` });
}

function cannotWrite(path: string, cause: NodeJS.ErrnoException): Problem {
  if (cause.code === 'EEXIST') {
    return new Problem('CONFIG_EXISTS', `${path} exists already; nothing was overwritten.`, {
      state: UNTOUCHED,
      next: 'name another file with --config, or move this one away',
      cause,
    });
  }
  return new Problem('USAGE', `${path} cannot be written (${cause.code}).`, {
    state: UNTOUCHED,
    next: 'name a file in a folder that exists and is yours with --config',
    cause,
  });
}
