import type { Config } from '../../config/schema.ts';
import type { Facts } from '../../database/facts.ts';
import { compare, controlsOf } from '../compare.ts';
import type { Manifest } from '../manifest.ts';
import type { Proof } from '../proof.ts';
import { charge, type EmptyDatabase } from '../prove.ts';
import type { Environment } from './programs.ts';
import { restoreDump } from './restore.ts';

/** The dump of a backup, restored into an empty database, counted as the backup counted, and charged once. */
export async function proveDump(
  { sql, url }: EmptyDatabase,
  folder: string,
  manifest: Manifest,
  environment: Environment,
): Promise<{ dump: Proof['dump']; faults: string[] }> {
  const controls = controlsOf(folder, manifest);
  const started = performance.now();
  const left = await restoreDump(folder, { url, environment });
  const seconds = Math.round(performance.now() - started) / 1000;
  const faults = await compare(sql, manifest, controls);
  const { fault } = await charge(sql, manifest.config as Config, manifest.facts as Facts);
  if (fault !== undefined) faults.push(fault);
  return { dump: { seconds, left }, faults: faults.map(line => `dump: ${line}`) };
}
