import { readOverloads } from '../../database/facts.ts';
import { isApplied } from '../../database/state.ts';
import type { Subject, Violations } from '../check.ts';
import { listed, notJudged } from '../violations.ts';

const NONE = notJudged('no function charged before the migration');

/** Legacy functions that are missing or other than recorded, wherever they stand, and overloads that are not recorded. */
export async function legacyFunctionViolations({ sql, config, state }: Subject): Promise<Violations> {
  const recorded = await sql<
    { signature: string; hash: string }[]
  >`select signature, hash from creditshift.legacy_functions`;
  const without = config.functions.consume.legacy === undefined;
  // Behind the name stands the new function then.
  if (without && isApplied(state, '090_cutover')) return NONE;
  const found = new Map<string, string>(
    (await readOverloads(sql, config)).map(f => [`${f.schema}.${f.name}(${f.types})`, f.hash]),
  );
  if (without && found.size === 0) return NONE;
  const known = recorded.map(f => f.signature);
  return listed([
    ...recorded.filter(f => !found.has(f.signature)).map(f => `${f.signature} is missing`),
    ...recorded
      .filter(f => found.has(f.signature) && found.get(f.signature) !== f.hash)
      .map(f => `${f.signature} was changed: definition, owner, privileges or comment`),
    ...[...found.keys()].filter(signature => !known.includes(signature)).map(s => `${s} is not one of them`),
  ]);
}
