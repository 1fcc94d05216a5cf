import { writeFile } from 'node:fs/promises';
import type { Finding } from '../../output/types.ts';
import { type SavedPlan, textOf } from '../../plan/saved.ts';
import { wholeFile } from '../shown/whole-file.ts';

/**
 * Saves a plan for its owner alone, with what was found besides.
 * @returns the file
 * @throws Problem USAGE where it cannot be written
 */
export async function savePlan(
  file: string,
  plan: Omit<SavedPlan, 'to' | 'findings'>,
  to: string | undefined,
  results: readonly Finding[],
): Promise<string> {
  const findings = results.filter(r => r.outcome !== 'passed').map(({ name, rows }) => ({ name, rows }));
  const saved = { ...plan, ...(to !== undefined && { to }), findings };
  await wholeFile(file, partial => writeFile(partial, textOf(saved), { flag: 'wx', mode: 0o600, flush: true }));
  return file;
}
