import { expect, inject, onTestFinished, test } from 'vitest';
import { catalogDifference, recordedCatalog } from '../../src/database/catalog.ts';
import { connect, targetOf } from '../../src/database/connect.ts';
import { start } from '../cli/creditshift.ts';
import { reason } from '../support/pg-dump.ts';
import { holdAt } from './proxy.ts';
import { expectDone, expectSettled, migratedWorld } from './rollback-world.ts';
import { finishedRun } from './runs.ts';
import { killsOf, torment, type Victim } from './torment.ts';
import { useWorld } from './world.ts';

const world = useWorld();

/** Charged, and then, with nobody charging any more, spoilt: only the backup knows the legacy balances. */
async function spoiltWorld() {
  const migrated = await migratedWorld(await world(), ['--method', 'restore', '--balances', 'backup']);
  const told = await migrated.clients.stop();
  await migrated.command.sql`update organization_credits set credits_remaining = 7 where plan_name = 'premium'`;
  return { migrated, told };
}

test('a restore that is killed over and over ends with the backup less each charge, once', async ({ annotate }) => {
  const kills = await killsOf((await spoiltWorld()).migrated.command, 2);
  const open = async (): Promise<Victim> => {
    const { migrated, told } = await spoiltWorld();
    return {
      command: migrated.command,
      close: migrated.close,
      examine: async last => {
        expectDone(last);
        await expectSettled(migrated, told);
        expect(await recordedCatalog(migrated.command.sql)).toEqual(migrated.before.catalog);
      },
    };
  };
  const killed = await torment(kills, open);
  await annotate(`killed ${killed} times`);
  expect(killed).toBe(kills.length);
});

test('what a restore that died had loaded is in the way of no other method', async () => {
  const { migrated } = await spoiltWorld();
  const { command, before } = migrated;
  const { through, there } = await holdAt(command.url, /^drop table if exists creditshift.restored$/);
  const restore = start(command.args, command.folder, through);
  await there;
  restore.kill('SIGKILL');
  await restore.ended;
  expect(await finishedRun({ ...command, args: ['rollback', '--yes', '--method', 'drop'] })).toMatchObject({ code: 0 });
  expect(await recordedCatalog(command.sql)).toEqual(before.catalog);
});

test.skipIf(reason)(
  `a restore into a new database that is killed over and over ends with all of it there, less each charge, once ${reason}`,
  async ({ annotate }) => {
    const server = { url: inject('adminUrl'), environment: {} };
    // The same for every victim: a place is told by its statement, which may name it.
    const into = `cs_killed_into_${process.pid}`;
    const drop = async () => {
      const { sql } = await connect(server, 'test', 1);
      await sql.unsafe(`drop database if exists ${into} with (force)`);
      await sql.end();
    };
    onTestFinished(drop);
    const open = async (): Promise<Victim> => {
      await drop();
      const migrated = await migratedWorld(await world(), ['--method', 'restore', '--into', into]);
      const told = await migrated.clients.stop();
      return {
        command: migrated.command,
        close: migrated.close,
        examine: async last => {
          if (last.code === 6) expect(last.stderr).toMatch(/DATABASE_NOT_EMPTY/);
          else expect(last).toMatchObject({ code: 0 });
          const { sql } = await connect(targetOf(server, into), 'test', 1);
          await expectSettled({ ...migrated, command: { ...migrated.command, sql } }, told);
          expect(catalogDifference(migrated.before.catalog, await recordedCatalog(sql))).toEqual([]);
          await sql.end();
          expect(await migrated.command.sql`select mode from creditshift.control`).toEqual([{ mode: 'maintenance' }]);
        },
      };
    };
    const kills = await killsOf((await open()).command, 2);
    const killed = await torment(kills, open);
    await annotate(`killed ${killed} times`);
    expect(killed).toBe(kills.length);
  },
);
