import type { Model } from '../../config/model.ts';
import type { Queryable } from '../../database/connect.ts';
import { isApplied } from '../../database/state.ts';
import { type Check, SHOWN } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { listed } from '../violations.ts';
import type { Tried } from './matrix/cell.ts';
import { outcomeBefore, permitted } from './matrix/judge.ts';
import { tryMatrix } from './matrix/matrix.ts';
import { readMatrix } from './matrix/record.ts';

export const access: Check = {
  name: 'security.access',
  claim:
    'who should reach credits does: the configured roles call their functions, and read what they read before, or got by harden',
  why: 'hardening that locks out the application is an outage',
  remedy:
    'GRANT to the role what the line names, or correct functions.execute; a policy has to let its own rows through',
  severity: 'failure',
  states: MIGRATED,
  probes: true,
  find: async subject => {
    const { sql, model, config } = subject;
    const { cells } = await tryMatrix(sql, subject);
    const before = await readMatrix(sql);
    const hardened = isApplied(subject.state, '095_harden');
    const readers = await tenantReaders(sql, model);
    // The view reads the tenants' table too, which harden leaves alone.
    const isOwn = ({ rows, object }: Tried) =>
      rows === 'own' && [model.balances, model.log].some(({ table }) => table.toString() === object);
    const needed = (cell: Tried) => {
      if (permitted(cell, model, config) !== true) return false;
      if (cell.command === 'call') return model.live;
      // It reads the tenants' table with the rights of who asks.
      if (cell.object.endsWith('."organization_credit_summary"') && !(model.live && readers.includes(cell.role)))
        return false;
      // The log is append-only now, for everybody.
      const sealed = cell.object === model.log.table.toString() && cell.command !== 'select';
      return !sealed && (outcomeBefore(cell, model, before) === 'open' || (hardened && isOwn(cell)));
    };
    const wanting = cells.filter(cell => cell.outcome !== 'open' && needed(cell));
    const lines = wanting.map(
      ({ role, command, object, rows, because }) =>
        `${role} cannot ${command} ${rows === 'own' ? 'for its own tenant ' : ''}${object}: ${because}`,
    );
    // What was not tried is no pass, and no finding either.
    if (wanting.length > 0 && wanting.every(cell => cell.outcome === 'not run'))
      throw new Error(lines.slice(0, SHOWN).join('; '));
    return listed(lines);
  },
};

/** Roles that may read key and name of an organization. */
async function tenantReaders(sql: Queryable, { tenants }: Model): Promise<string[]> {
  const rows = await sql<{ role: string }[]>`
    select r.rolname as role from pg_roles as r
     where (select bool_and(has_column_privilege(r.oid, ${tenants.table.toString()}::regclass, c, 'select'))
              from unnest(${[tenants.key, tenants.name]}::text[]) as c)`;
  return rows.map(row => row.role);
}
