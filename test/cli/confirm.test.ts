import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { ask } from '../../src/cli/ask.ts';
import { confirm } from '../../src/cli/confirm.ts';

/** A terminal whose user types `keys` when asked. */
function terminal(keys: string) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  output.on('data', text => /go on|leaves it open/.test(String(text)) && setImmediate(() => input.write(keys)));
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

test.each([
  ['2\r', 'wallets'],
  [' accounts \r', 'accounts'],
  ['7\r', '7'],
  ['\r', undefined],
  ['\u0004', undefined],
])('asked to choose, %j means %s', async (keys, answer) => {
  expect(await ask('Which table:', ['credits', 'wallets'], { ...terminal(keys), yes: false })).toBe(answer);
});

test('nobody is asked to choose with --yes, or without a terminal', async () => {
  for (const [yes, isTTY] of [
    [true, true],
    [false, false],
  ] as const) {
    const { input, output } = terminal('1\r');
    expect(
      await ask('Which table:', ['credits'], { input: Object.assign(input, { isTTY }), output, yes }),
    ).toBeUndefined();
    expect(output.read()).toBeNull();
  }
});
