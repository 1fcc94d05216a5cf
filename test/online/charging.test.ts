import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { start, workFolder } from '../cli/creditshift.ts';
import { startClients } from './clients.ts';
import { useWorld, worldYaml } from './world.ts';

const world = useWorld();

const voiceYaml = worldYaml
  .replace(/(\n {2}sms: +\{ label: SMS.*\n)/, '$1  voice: { label: Voice }\n')
  .replaceAll('perCredit: {', 'perCredit: { voice: 0.1,');

test('a pool is added, and everything dropped again, while clients charge', async () => {
  const { url } = await world();
  const folder = workFolder(worldYaml);
  expect(await start(['migrate'], folder, url).ended).toMatchObject({ code: 0 });
  const clients = await startClients(url);
  await clients.answers(20);
  writeFileSync(join(folder, 'creditshift.yaml'), voiceYaml);
  expect(await start(['migrate'], folder, url).ended).toMatchObject({ code: 0 });
  expect(await start(['rollback', '--method', 'drop', '--yes'], folder, url).ended).toMatchObject({ code: 0 });
  await clients.answers(20);
  await clients.stop();
});
