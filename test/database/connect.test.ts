import { expect, test } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { asProblem } from '../../src/database/errors.ts';
import { freshDatabase } from '../support/guardian.ts';

/** A URL that differs in one thing, or an environment, and what the message says. */
const UNUSABLE: [string, (url: URL) => string, Record<string, string>, string][] = [
  [
    'a password with a stray percent sign',
    u => u.href.replace('://', '://u:a%zz@').replace(/@.*@/, '@'),
    {},
    'cannot be read',
  ],
  ['a parameter that the server does not know', u => `${u.href}?channel_colour=red`, {}, 'channel_colour'],
  ['encryption that the server does not offer', u => `${u.href}?sslmode=require`, {}, 'TLS'],
  ['a port that is none', u => u.href.replace(u.host, u.hostname), { PGPORT: 'abc' }, 'A port is no number'],
];

test.each(UNUSABLE)('%s is CANNOT_CONNECT, and nothing was touched', async (_, change, environment, message) => {
  const { url } = await freshDatabase();
  const attempt = connect({ url: change(new URL(url)), environment }, 'test');
  await expect(attempt).rejects.toMatchObject({
    code: 'CANNOT_CONNECT',
    message: expect.stringContaining(message),
    state: 'The database is untouched by this run.',
  });
});

test.each(['ECONNREFUSED', 'CONNECTION_CLOSED', '57P03'])(
  '%s in the midst of a run is a lost connection: what was finished is not denied',
  code => {
    expect(asProblem(Object.assign(new Error('gone'), { code }), 'here')).toMatchObject({
      code: 'CONNECTION_LOST',
      state: expect.stringContaining('what was finished is kept'),
    });
  },
);
