import { expect, test } from 'vitest';
import { guard } from '../../src/commands/guard.ts';
import { plan } from '../../src/commands/plan/plan.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { problemOf } from '../backup/support.ts';
import { reportOf } from '../reports/walk.ts';
import { contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

const demanding = `${guardianYaml}\napprovals: { migrate: 2, rollback: 1 }\n`;

test('a plan is carried out once enough people approved it, and again when it, or the direction, has changed', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url, demanding);
  const hashOf = async () => String((await plan(context)).document.hash);
  const refused = async (approvedBy: string[] | undefined, to?: string) => {
    const problem = await problemOf(migrate(context, { ...(approvedBy && { approvedBy }), ...(to && { to }) }));
    expect(problem).toMatchObject({ code: 'APPROVALS_MISSING', exitCode: 6, state: 'This run changed nothing.' });
    return problem;
  };
  const hash = await hashOf();
  const short = hash.slice(0, 12);

  expect(await refused(undefined)).toMatchObject({
    message: 'This migrate needs 2 approvals; none is here.',
    next: expect.stringContaining(`plan ${short}, which creditshift plan shows`),
  });
  expect(await refused(['Anna Rossi', ' anna  rossi', `ANNA ROSSI@${hash}`])).toMatchObject({
    message: 'This migrate needs 2 approvals; 1 is here.',
    details: ['approved by ANNA ROSSI'],
  });
  expect(await refused([`Anna@${short}`, 'Bruno', 'Carla@0123456789ab'])).toMatchObject({
    message: `An approval is of another plan than this one, ${short}.`,
    details: ['Carla approved 0123456789ab'],
  });
  expect(await sql`select to_regnamespace('creditshift') as schema`).toEqual([{ schema: null }]);

  await migrate(context, { approvedBy: [`Anna Rossi@${short}`, 'bruno@example.com'], to: 'index' });
  // What was approved goes on without asking again.
  expect(await hashOf()).toBe(hash);
  await migrate(context);
  const recorded = await sql`select data from creditshift.journal where event = 'approval'`;
  expect(recorded).toEqual([{ data: { of: 'migrate', plan: hash, by: ['Anna Rossi', 'bruno@example.com'] } }]);

  // Harden and contract were no part of it, nor is a changed configuration, nor a way back.
  await refused(undefined, 'harden');
  await refused(undefined, 'contract');
  const changed = contextFor(url, demanding.replace('price: 19', 'price: 29'));
  expect(await problemOf(migrate(changed))).toMatchObject({ code: 'APPROVALS_MISSING' });
  expect(await problemOf(rollback(context, { method: 'disable' }))).toMatchObject({
    message: 'This rollback needs 1 approval; none is here.',
    next: expect.stringContaining(short),
  });
  const header = (await reportOf(url, { kind: 'completion' }, demanding)).split('\n## ')[0];
  expect(header).toContain(`| Approved by | Anna Rossi, bruno@example.com: migrate, plan \`${short}\`, `);

  await rollback(context, { method: 'disable', approvedBy: ['Carla'] });
  expect(await refused(undefined)).toMatchObject({ message: 'This migrate needs 2 approvals; none is here.' });
  await migrate(context, { approvedBy: ['Anna Rossi', 'Carla'] });
});

test('a guard that may go back has to be approved when it begins, not when it is needed', async () => {
  const { url } = await freshDatabase();
  const context = { ...contextFor(url, demanding), stopping: () => true };
  await migrate({ ...context, stopping: () => false }, { approvedBy: ['Anna', 'Bruno'] });
  expect(await problemOf(guard(context, { rollback: 'disable' }))).toMatchObject({ code: 'APPROVALS_MISSING' });
  expect(await guard(context, { rollback: 'disable', approvedBy: ['Anna'] })).toMatchObject({ exitCode: 0 });
});

test('what is blank, or steers a terminal, is nobody’s name', async () => {
  const { url, sql } = await freshDatabase();
  for (const name of ['', '   ', '@0123456789ab', '\u202eannA', 'Anna\u0007', 'Anna\nBruno']) {
    const problem = await problemOf(migrate(contextFor(url), { approvedBy: [name] }));
    expect(problem, name).toMatchObject({ code: 'USAGE', next: 'name a person: --approved-by "Anna Rossi"' });
  }
  expect(await sql`select to_regnamespace('creditshift') as schema`).toEqual([{ schema: null }]);
});
