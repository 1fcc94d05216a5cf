import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../config/render.ts';
import { connect, type Sql } from '../database/connect.ts';
import type { DisposableServer } from '../disposable/server.ts';
import { isUrl, type ServerOptions, startServer } from '../disposable/start.ts';
import type { Block, Result } from '../output/types.ts';
import { Problem } from '../problems.ts';
import { backup } from './backup/backup.ts';
import { inspect } from './inspect.ts';
import { migrate } from './migrate/migrate.ts';
import { plan } from './plan/plan.ts';
import { report } from './report/report.ts';
import { type Method, rollback } from './rollback/rollback.ts';
import type { Context } from './session/context.ts';
import { verify } from './verify.ts';

const ADMIN = '00000000-0000-0000-0000-000000000001';
const AGENZIA = '00000000-0000-0000-0000-000000000002';

/** The acceptance walk: a call, and the answer it must give, apart from its entry number or code at the end. */
const WALK: readonly { organization: string; who: string; action: string; quantity: number; answer: string }[] = [
  {
    organization: AGENZIA,
    who: 'Agenzia',
    action: 'ai_chat',
    quantity: 1,
    answer: '{"success": true, "consumed": {"ai": 1}, "remaining": {"ai": 199}',
  },
  {
    organization: AGENZIA,
    who: 'Agenzia',
    action: 'whatsapp_message',
    quantity: 1,
    answer: '{"success": true, "consumed": {"whatsapp": 1}, "remaining": {"whatsapp": 149}',
  },
  {
    organization: ADMIN,
    who: 'System Admin',
    action: 'email_send',
    quantity: 1,
    answer: '{"success": true, "consumed": {"email": 1}, "remaining": {"email": 19999}',
  },
  {
    organization: AGENZIA,
    who: 'Agenzia',
    action: 'ai_chat',
    quantity: 1000,
    answer: '{"success": false, "error": "Insufficient AI credits", "required": 1000, "available": 199',
  },
];

export interface DemoOptions extends ServerOptions {
  /** Where reports are left. */
  out?: string;
}

/** The main job on a throw-away PostgreSQL, as a story; throws DIFFERENCE when any figure is not the expected one. */
export async function demo(outer: Context, options: DemoOptions = {}): Promise<Result> {
  const folder = await emptyFolder(outer, options.out);
  const tell = (...blocks: Block[]) => outer.progress({ event: 'show', blocks });
  const server = await startServer(options, undefined, outer.target.environment);
  try {
    const url = await server.createDatabase('guardian');
    tell(
      { kind: 'title', text: `Guardian, on ${server.label}` },
      { kind: 'text', text: `One unified balance for everything. ${await load(url)}.` },
    );
    const context: Context = {
      ...outer,
      folder,
      target: { url, environment: { PATH: outer.target.environment.PATH } },
      configPath: join(packageRoot, 'examples', 'guardian.yaml'),
      confirm: async () => true,
      unattended: false,
      rehearsal: true,
    };
    const step = async (title: string, command: () => Promise<Result>, part = (blocks: Block[]) => blocks) => {
      tell({ kind: 'text', text: '' }, { kind: 'title', text: title });
      const { blocks, exitCode } = await command();
      tell(...withoutHeading(exitCode ? blocks : part(blocks)));
      if (exitCode) throw wrong(`${title} ended with exit code ${exitCode}`);
    };
    await step(
      '1. inspect: what is there (its findings; the command shows the whole catalog)',
      () => inspect(context),
      findingsOf,
    );
    await step('2. plan: what would be done', () => plan(context));
    await step('3. backup, proved by a restore', () => backup(context, { prove: true, server: server.url }));
    await step('4. migrate, stage by stage', () => migrate(context));
    tell({ kind: 'text', text: '' }, { kind: 'title', text: '5. the acceptance walk' });
    await walk(url, tell);
    await step('6. verify', () => verify(context, {}));
    await step('7. report', () => report(context, { kind: 'completion', out: join(folder, 'completion.md') }));
    await step('   report', () => report(context, { kind: 'status', out: join(folder, 'status.md') }));
    await server.createDatabase('guardian_migrated', 'guardian');
    for (const method of ['disable', 'drop', 'restore'] as const) await wayBack(context, server, method, tell, step);
    tell({ kind: 'text', text: `Reports, backup and archives: ${folder}` });
    return {
      document: { folder, walk: WALK.length, rollbacks: 3 },
      blocks: [
        {
          kind: 'mark',
          tone: 'good',
          text: `Every figure is the expected one. ${isUrl(options.server) ? 'Its databases are' : 'The server is'} gone; no database of yours was touched.`,
        },
      ],
    };
  } finally {
    await server.stop();
  }
}

/** The folder of the reports: the demo's own one is made anew, one that was named has to be empty. */
async function emptyFolder(context: Context, named: string | undefined): Promise<string> {
  const folder = named ?? join(context.folder, 'creditshift-demo');
  if (named === undefined) await rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return folder;
  } catch (error) {
    throw unusable(`${folder} cannot be used: ${(error as Error).message}`, error);
  }
  throw unusable(`${folder} is not empty`);
}

const unusable = (what: string, cause?: unknown) =>
  new Problem('USAGE', `${what}.`, {
    state: 'No database was started or touched.',
    next: 'name an empty folder with --out, or leave --out away',
    cause,
  });

/** The command's own heading says what the story's heading said already. */
const withoutHeading = (blocks: Block[]): Block[] => (blocks[0]?.kind === 'title' ? blocks.slice(1) : blocks);

/** The last part of an inspection: what is worth a look. */
const findingsOf = (blocks: Block[]): Block[] =>
  blocks.slice(blocks.findIndex(b => b.kind === 'title' && b.text === 'Findings') + 1);

/** Loads the example; its balances must be 995 and 99. */
async function load(url: string): Promise<string> {
  const { sql } = await connect({ url, environment: {} });
  try {
    await sql.unsafe(await readFile(join(packageRoot, 'examples', 'guardian-legacy.sql'), 'utf8'));
    return await legacyBalances(sql, '995,99');
  } finally {
    await sql.end({ timeout: 2 });
  }
}

/** The unified balances as a sentence. @throws Problem DIFFERENCE where they are others than `expected` */
async function legacyBalances(sql: Sql, expected: string): Promise<string> {
  const rows = await sql<{ name: string; balance: number }[]>`
    select o.name, b.credits_remaining as balance
      from public.organization_credits as b join public.organizations as o on o.id = b.organization_id order by o.id`;
  const sentence = `Legacy balances: ${rows.map(row => `${row.name} ${row.balance}`).join(', ')}`;
  if (rows.map(row => row.balance).join() !== expected) throw wrong(`${sentence}, but expected ${expected}`);
  return sentence;
}

async function walk(url: string, tell: (...blocks: Block[]) => void): Promise<void> {
  const { sql } = await connect({ url, environment: {} });
  try {
    for (const { organization, who, action, quantity, answer } of WALK) {
      const [row] = await sql<{ answer: string }[]>`
        select public.consume_credits_rpc(${organization}::uuid, ${action}, ${quantity})::text as answer`;
      tell({ kind: 'text', text: `${who}: ${quantity} × ${action}\n  ${row?.answer}` });
      if (!row?.answer.startsWith(answer)) throw wrong(`expected ${answer}`);
    }
  } finally {
    await sql.end({ timeout: 2 });
  }
}

/** One rollback on a fresh copy of the migrated, charged database; the legacy balances must be 97 and 994 after it. */
async function wayBack(
  context: Context,
  server: DisposableServer,
  method: Method,
  tell: (...blocks: Block[]) => void,
  step: (title: string, command: () => Promise<Result>, part?: (blocks: Block[]) => Block[]) => Promise<void>,
): Promise<void> {
  await server.dropDatabase('guardian');
  const url = await server.createDatabase('guardian', 'guardian_migrated');
  await step(`8. rollback --method ${method}, on a fresh copy`, () => rollback(context, { method, reason: 'demo' }));
  await step(
    '   verify after it',
    () => verify(context, {}),
    blocks => blocks.slice(-1),
  );
  const { sql } = await connect({ url, environment: {} });
  try {
    const balances = await legacyBalances(sql, '994,97');
    const [row] = await sql<{ answer: string }[]>`
      select public.consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat')::text as answer`;
    tell({ kind: 'text', text: `${balances}. The legacy function answers: ${row?.answer}` });
    if (!row?.answer.includes('"credits_remaining" : 96')) throw wrong('expected 96 left after one more legacy call');
  } finally {
    await sql.end({ timeout: 2 });
  }
}

const wrong = (what: string) =>
  new Problem('DIFFERENCE', `The demo's figures are not the expected ones: ${what}.`, {
    state: 'Only the demo’s own server was used, and it is stopped.',
    next: 'report it with the output above',
  });
