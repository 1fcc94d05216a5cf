import { readOverloads } from '../../database/facts.ts';
import { isApplied } from '../../database/state.ts';
import type { Subject, Violations } from '../check.ts';
import { listed } from '../violations.ts';

/** Legacy functions that are missing or other than recorded, wherever they stand, and overloads that are not recorded. */
export async function legacyFunctionViolations({ sql, config, state }: Subject): Promise<Violations> {
  const recorded = await sql<
    { signature: string; hash: string }[]
  >`select signature, hash from creditshift.legacy_functions`;
  // Where no function charged before, it is the new one that stands behind the name.
  const without = config.functions.consume.legacy === undefined && isApplied(state, '090_cutover');
  const standing = without ? [] : await readOverloads(sql, config);
  const found = new Map<string, string>(standing.map(f => [`${f.schema}.${f.name}(${f.types})`, f.hash]));
  const known = recorded.map(f => f.signature);
  return listed([
    ...recorded.filter(f => !found.has(f.signature)).map(f => `${f.signature} is missing`),
    ...recorded
      .filter(f => found.has(f.signature) && found.get(f.signature) !== f.hash)
      .map(f => `${f.signature} was changed: definition, owner, privileges or comment`),
    ...[...found.keys()].filter(signature => !known.includes(signature)).map(s => `${s} is not one of them`),
  ]);
}
