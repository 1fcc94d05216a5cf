import { expect, test } from 'vitest';
import { recordedCatalog } from '../../src/database/catalog.ts';
import { start } from '../cli/creditshift.ts';
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
