import { expect, test } from 'vitest';
import { workFolder } from '../cli/creditshift.ts';
import { balances, found, startClients } from './clients.ts';
import { endState, notMigratedOnce } from './end-state.ts';
import { finishedRun } from './runs.ts';
import { killsOf, torment, type Victim } from './torment.ts';
import { useWorld, worldYaml } from './world.ts';

const world = useWorld();

test('a migrate that is killed over and over, while clients charge, ends as one that nobody disturbed', async ({
  annotate,
}) => {
  const folder = workFolder(worldYaml);
  const calm = await world();
  const kills = await killsOf({ args: ['migrate'], folder, ...calm }, 10);
  const undisturbed = await endState(calm.sql);

  const open = async (): Promise<Victim> => {
    const database = await world();
    const before = await balances(database.sql);
    const clients = await startClients(database.url);
    const command = { args: ['migrate'], folder, ...database };
    return {
      command,
      close: database.close,
      examine: async last => {
        expect(last).toMatchObject({ code: 0 });
        await clients.answers(20);
        const told = await clients.stop();
        expect(await notMigratedOnce(database.sql)).toEqual([]);
        expect(await found(database.sql, before)).toEqual(told);
        expect(await endState(database.sql)).toEqual(undisturbed);
        expect(await finishedRun({ ...command, args: ['verify'] })).toMatchObject({ code: 0 });
      },
    };
  };
  const killed = await torment(kills, open);
  await annotate(`killed ${killed} times`);
  expect(killed).toBeGreaterThanOrEqual(kills.length * 0.8);
});
