import type { Model } from '../../../config/model.ts';
import { quoteLiteral as lit, quoteIdentifier as q } from '../../../config/names.ts';
import type { Tried } from './cell.ts';

/** A cell that is open and should not be. */
export interface Hole extends Tried {
  /** It was open before the migration. */
  inherited: boolean;
}

/** Holes of one role in one object, as one line with what closes them; those of since come first. */
export function linesOf(holes: readonly Hole[], model: Model): { line: string; inherited: boolean }[] {
  const groups = new Map<string, Hole[]>();
  for (const hole of holes) {
    const key = [!hole.inherited, hole.role, hole.object, hole.rows === 'foreign', hole.command === 'call'].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), hole]);
  }
  return [...groups.values()]
    .map(group => {
      const inherited = group[0]?.inherited ?? false;
      const since = inherited ? ' (as before the migration)' : '';
      return { line: `${reachOf(group)}${since}: ${closing(group, model)}`, inherited };
    })
    .sort((a, b) => Number(a.inherited) - Number(b.inherited) || a.line.localeCompare(b.line));
}

const commandsOf = (group: readonly Hole[]) => [...new Set(group.map(h => h.command))].sort().join(', ');

function reachOf(group: readonly Hole[]): string {
  const { role, object, rows, command } = group[0] as Hole;
  if (command === 'call') return `${role} may call ${plain(object)} for ${rows === 'own' ? 'its own' : 'any'} tenant`;
  const whose = { own: 'its own rows of ', foreign: 'other tenants’ rows of ', any: '' }[rows];
  return `${role} may ${commandsOf(group)} ${whose}${plain(object)}`;
}

/** What closes the holes of one line. */
function closing(group: readonly Hole[], model: Model): string {
  const { role, object, rows, command } = group[0] as Hole;
  if (command === 'call' && !model.live) return 'the cutover closes it';
  if (command === 'call') return `revoke execute on function ${plain(object)} from public, ${role}`;
  const target = [model.balances, model.log].find(({ table }) => table.toString() === object);
  if (rows !== 'foreign' || !target || commandsOf(group) !== 'select') {
    return `revoke ${commandsOf(group)} on ${plain(object)} from public, ${role}`;
  }
  const own = plain(ownRows(model, target.owner));
  return `row security with a policy for select to ${role} using (${own}), in place of the one that opens it`;
}

/** A tenant's own rows, by who asks. */
function ownRows({ functions }: Model, owner: string): string {
  const claims = `current_setting('request.jwt.claims', true)::jsonb`;
  const { membership, claim } = functions;
  if (!membership) return `${q(owner)}::text = ${claims} ->> ${lit(claim)}`;
  const { table, user, organization } = membership;
  const asked = `${claims} ->> ${lit(membership.claim)}`;
  return `${q(owner)} in (select m.${q(organization)} from ${table} as m where m.${q(user)}::text = ${asked})`;
}

/** For people: without quotes that no name needs. */
const plain = (sql: string): string => sql.replace(/"([a-z_][a-z0-9_]*)"/g, '$1');
