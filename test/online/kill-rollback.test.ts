import { expect, test } from 'vitest';
import { recordedCatalog } from '../../src/database/catalog.ts';
import { expectDone, expectSettled, migratedWorld } from './rollback-world.ts';
import { finishedRun } from './runs.ts';
import { killsOf, torment, type Victim } from './torment.ts';
import { useWorld } from './world.ts';

const world = useWorld();

const METHODS = [
  { args: ['--method', 'disable'], leaves: 'disabled' },
  { args: ['--method', 'drop'], leaves: 'dropped' },
  { args: ['--method', 'restore', '--balances', 'current'], leaves: 'dropped' },
];

/** In every run one of them, by the torture all. */
test.for(process.env.KILLS === 'all' ? METHODS : METHODS.slice(1, 2))(
  'a rollback $args that is killed over and over, while clients charge, settles each charge once',
  async ({ args, leaves }, { annotate }) => {
    const calm = await migratedWorld(await world(), args);
    const kills = await killsOf(calm.command, 2);
    await calm.clients.stop();
    const undisturbed = await recordedCatalog(calm.command.sql);
    if (leaves === 'dropped') expect(undisturbed).toEqual(calm.before.catalog);

    const open = async (): Promise<Victim> => {
      const migrated = await migratedWorld(await world(), args);
      const { clients, command } = migrated;
      return {
        command,
        close: migrated.close,
        examine: async last => {
          expectDone(last);
          await clients.answers(20);
          await expectSettled(migrated, await clients.stop());
          expect(await recordedCatalog(command.sql)).toEqual(undisturbed);
          const verified = await finishedRun({ ...command, args: ['verify', '--json'] });
          expect(verified).toMatchObject({ code: 0 });
          expect(JSON.parse(verified.stdout)).toMatchObject({ state: leaves });
        },
      };
    };
    const killed = await torment(kills, open);
    await annotate(`killed ${killed} times`);
    expect(killed).toBe(kills.length);
  },
);
