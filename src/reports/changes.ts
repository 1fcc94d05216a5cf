import { type CatalogEntry, catalogDifference, recordedCatalog } from '../database/catalog.ts';
import type { Source } from './source.ts';

/** Objects of one kind, on one relation, that came, went or changed since before the first step. */
export interface Change {
  change: 'added' | 'removed' | 'changed';
  kind: string;
  /** The relation they are on; null for objects that stand alone. */
  on: string | null;
  names: string[];
}

const MARKS = { '+': 'added', '-': 'removed', '~': 'changed' } as const;
const ON_RELATION = /^((?:"[^"]*"|[^\s"])+) (.*)$/s;

/** What the migration changed: the catalog recorded before the first step against the catalog now. */
export async function readChanges({ tx }: Source): Promise<Change[]> {
  const [recorded] = await tx<{ catalog: CatalogEntry[] }[]>`
    select catalog from creditshift.revisions where catalog is not null order by revision limit 1`;
  const lines = catalogDifference(
    withoutPositions(recorded?.catalog ?? []),
    withoutPositions(await recordedCatalog(tx)),
  );
  const groups = new Map<string, Change>();
  for (const line of lines) {
    const [, mark, kind = '', identity = ''] = /^([+~-]) (\S+) (.*)$/s.exec(line) ?? [];
    const parts = ['column', 'constraint', 'trigger', 'policy'].includes(kind) ? ON_RELATION.exec(identity) : null;
    const [on, name] = parts ? [parts[1] ?? null, parts[2] ?? ''] : [null, identity];
    const change = MARKS[mark as keyof typeof MARKS];
    const key = JSON.stringify([change, kind, on]);
    const group = groups.get(key) ?? { change, kind, on, names: [] };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => order(a).localeCompare(order(b)));
}

/** A column is the same column wherever it stands in its table. */
const withoutPositions = (entries: readonly CatalogEntry[]): CatalogEntry[] =>
  entries.map(e => (e.kind === 'column' ? { ...e, identity: e.identity.replace(/\.\d+ /, ' ') } : e));

const order = (c: Change) => [c.on ?? '', c.kind, c.change].join('\n');
