import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { parse } from '../../src/cli/parse.ts';
import { audit } from '../../src/commands/audit/audit.ts';
import { explain } from '../../src/commands/explain.ts';
import { inspect } from '../../src/commands/inspect.ts';
import { plan } from '../../src/commands/plan/plan.ts';
import { reallocate } from '../../src/commands/reallocate/reallocate.ts';
import { shadow } from '../../src/commands/shadow/shadow.ts';
import { status } from '../../src/commands/status.ts';
import { verify } from '../../src/commands/verify.ts';
import { renderBlocks } from '../../src/output/human.ts';
import type { Result } from '../../src/output/types.ts';
import { columnsOf, longestWord } from '../../src/output/width.ts';
import { contextFor } from '../support/guardian.ts';
import { migrateTo, sharedDatabase } from '../support/migrated.ts';

const results: Record<string, Result> = {};
let shared: Awaited<ReturnType<typeof sharedDatabase>>;
beforeAll(async () => {
  shared = await sharedDatabase();
  const context = contextFor(shared.url);
  results.inspect = await inspect(context);
  results.plan = await plan(context);
  results.shadow = await shadow(context, { fromLog: true });
  results.explain = await explain(context, {});
  await migrateTo(shared.sql);
  results.status = await status(context);
  results.verify = await verify(context);
  results.audit = await audit(context, { what: 'verify' });
  results.reallocate = await reallocate(context, { dryRun: true });
}, 120_000);
afterAll(() => shared.drop());

/** Lines that are too long although a blank in them could have been broken at. */
const tooLong = (text: string, width: number) =>
  text.split('\n').filter(line => columnsOf(line) > width && columnsOf(line.trim()) > longestWord(line));

test.each([40, 60, 80])('on %i columns no line of a result is longer, and no word is cut', width => {
  for (const [name, { blocks }] of Object.entries(results)) {
    const told = blocks.filter(block => block.kind !== 'verbatim');
    const text = renderBlocks(told, { color: false, width, most: width });
    expect(tooLong(text, width), name).toEqual([]);
    const words = (shown: string) => new Set(shown.split(/[\s│┼─]+/));
    const all = renderBlocks(told, { color: false, width: 1000 });
    expect(
      [...words(all)].filter(word => !words(text).has(word)),
      name,
    ).toEqual([]);
  }
});

test.each([40, 60])('on %i columns the help is no wider, but for command lines, which are to be copied', width => {
  for (const argv of [['--help'], ...COMMANDS.map(({ name }) => [name, '--help'])]) {
    let text = '';
    parse(
      argv,
      part => {
        text += part;
      },
      width,
    );
    const [help = ''] = text.replace(/^Usage: .*$/m, '').split(/^Examples?:$/m);
    expect(tooLong(help, width), argv[0]).toEqual([]);
  }
});
