import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { confirm } from '../../src/cli/confirm.ts';

/** A terminal whose user types `keys` when asked. */
function terminal(keys: string) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  output.on('data', text => String(text).includes('go on') && setImmediate(() => input.write(keys)));
  return { input, output } as unknown as { input: NodeJS.ReadStream; output: NodeJS.WriteStream };
}

test.each([
  ['yes\r', true],
  ['Y\r', true],
  ['no\r', false],
  ['\r', false],
  ['\u0004', false],
])('on a terminal %j means %s', async (keys, answer) => {
  expect(await confirm('Drop it?', { ...terminal(keys), yes: false })).toBe(answer);
});

test('Ctrl-C at a question interrupts', async () => {
  await expect(confirm('Drop it?', { ...terminal('\u0003'), yes: false })).rejects.toMatchObject({
    code: 'INTERRUPTED',
    exitCode: 130,
  });
});

test('--yes answers without asking', async () => {
  const { input, output } = terminal('no\r');
  expect(await confirm('Drop it?', { input, output, yes: true })).toBe(true);
  expect(output.read()).toBeNull();
});
