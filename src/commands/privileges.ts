import { readActors } from '../checks/security/matrix/actors.ts';
import { readRights } from '../database/rights.ts';
import type { Block, Result } from '../output/types.ts';
import { type Names, type Need, needsOf } from '../privileges/needs.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import type { Context } from './session/context.ts';
import { readOnly, type Session, withSession } from './session/session.ts';

export interface PrivilegesOptions {
  /** Print SQL, and nothing else. */
  sql?: boolean;
  /** Names of the roles; creditshift_migrate, creditshift_verify and creditshift_guard when absent. */
  migrateRole?: string;
  verifyRole?: string;
  guardRole?: string;
  /** guard may go back by itself: what that takes, too. */
  guardRollback?: boolean;
}

/** The least that migrate, verify and guard need on this database by this configuration. Changes nothing. */
export async function privileges(context: Context, options: PrivilegesOptions = {}): Promise<Result> {
  const names: Names = {
    migrate: options.migrateRole ?? 'creditshift_migrate',
    verify: options.verifyRole ?? 'creditshift_verify',
    guard: options.guardRole ?? 'creditshift_guard',
  };
  if (new Set(Object.values(names)).size < 3) throw sameRole();
  return withSession(context, async session => {
    const needs = await readNeeds(session, names, options.guardRollback ?? false);
    const remarks = remarksOf(needs.superuser, session, options.guardRollback ?? false);
    const document = { database: session.server.database, roles: names, statements: needs.list, remarks };
    if (options.sql) return { document, blocks: [{ kind: 'verbatim', text: sqlOf(needs.list, remarks) }] };
    const table: Block = {
      kind: 'table',
      columns: [{ title: 'role' }, { title: 'statement' }, { title: 'because it' }],
      rows: needs.list.map(({ role, sql, because }) => [role, sql, because]),
    };
    return {
      document,
      blocks: [
        { kind: 'title', text: `Privileges in ${session.server.database}` },
        table,
        ...remarks.map((text): Block => ({ kind: 'mark', tone: 'warn', text })),
        { kind: 'text', text: 'Next: creditshift privileges --sql > privileges.sql, and run that as who may grant it' },
      ],
    };
  });
}

async function readNeeds(
  session: Session,
  names: Names,
  goesBack: boolean,
): Promise<{ list: Need[]; superuser: boolean }> {
  const { config, model, facts, state, server } = session;
  return readOnly(session, async tx => {
    const { actors } = await readActors(tx, model, config);
    const tried = [...new Set(actors.map(actor => actor.role))];
    const rights = await readRights(tx, model, facts, [...tried, ...Object.values(names)]);
    const major = Math.floor(server.versionNumber / 10_000);
    const list = needsOf({ names, rights, model, config, tried, major, migrated: state !== undefined, goesBack });
    return { list, superuser: rights.superuser };
  });
}

function remarksOf(superuser: boolean, { model, state }: Session, goesBack: boolean): string[] {
  return [
    ...(superuser
      ? [
          `${model.balances.role}, who owns the credit tables, is a superuser, and who is in that role may take all his rights: give the tables an owner of their own first.`,
        ]
      : []),
    ...(goesBack ? [] : ['A guard that only reads leaves out how long a charge takes: it makes none.']),
    ...(state || goesBack ? [] : ['Once migrate has made schema creditshift, run this again: guard reads in it.']),
  ];
}

const sqlOf = (needs: readonly Need[], remarks: readonly string[]): string =>
  [...remarks.map(remark => `-- ${remark}`), ...needs.map(({ sql, because }) => `${sql}   -- ${because}`)].join('\n');

const sameRole = () =>
  new Problem('USAGE', 'Two of the three roles have the same name.', {
    state: UNTOUCHED,
    next: 'name three, or leave the names out',
  });
