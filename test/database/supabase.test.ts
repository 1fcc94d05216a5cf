import { expect, test } from 'vitest';
import { asConnectProblem } from '../../src/database/errors.ts';
import { resolveTarget } from '../../src/database/libpq/resolve.ts';
import { directUrl, pastPooler, unreached } from '../../src/database/supabase.ts';

const resolved = (url: string) => resolveTarget({ url, environment: {} });
const DIRECT = 'postgresql://postgres@db.abcdefgh.supabase.co:5432/postgres';

test.each([
  ['its session pooler', 'postgres://postgres.abcdefgh:pw@aws-0-eu-west-1.pooler.supabase.com:5432/postgres', DIRECT],
  [
    'its transaction pooler',
    'postgres://postgres.abcdefgh:pw@aws-0-eu-west-1.pooler.supabase.com:6543/postgres',
    DIRECT,
  ],
  [
    'a role of ours',
    'postgres://dba.x.abcdefgh@aws-1-us-east-1.pooler.supabase.com/x',
    DIRECT.replace('postgres@', 'dba.x@').replace(/postgres$/, 'x'),
  ],
  ['the pooler of one project', 'postgres://postgres:pw@db.abcdefgh.supabase.co:6543/postgres', DIRECT],
  ['the server itself', 'postgres://postgres:pw@db.abcdefgh.supabase.co:5432/postgres', undefined],
  ['another pooler', 'postgres://postgres.abcdefgh@pooler.example.com:6543/postgres', undefined],
  [
    'a name that only looks like it',
    'postgres://postgres.abc@x.pooler.supabase.com.example.com:6543/postgres',
    undefined,
  ],
])('of Supabase, %s is recognised, and the direct URL told without a password', (_, url, direct) => {
  expect(directUrl(resolved(url))).toBe(direct);
});

test('where a pooler is in between, the next command names the URL to take', () => {
  expect(pastPooler({ directUrl: DIRECT }, '--from')).toContain(`${DIRECT}, with --from`);
  expect(pastPooler({ directUrl: undefined })).toBe('name the server itself, not its pooler, with --database-url');
});

test('a direct URL that nobody answers leads to the session pooler, one that refuses the login does not', () => {
  const hint = unreached(resolved('postgres://postgres@db.abcdefgh.supabase.co/postgres'));
  const gone = Object.assign(new Error('gone'), { code: 'ENETUNREACH' });
  expect(asConnectProblem(gone, 'here', hint)).toMatchObject({
    code: 'CANNOT_CONNECT',
    next: expect.stringContaining('session pooler (role postgres.abcdefgh, port 5432)'),
  });
  const refused = Object.assign(new Error('no'), { code: '28P01' });
  expect(asConnectProblem(refused, 'here', hint)).toMatchObject({ next: expect.stringContaining('psql') });
});
