import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { explain } from '../../src/commands/explain.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { ANSWERS, INNER_ANSWERS } from '../../src/explain/answers.ts';
import { PROBLEM_EXPLANATIONS } from '../../src/explain/problems/all.ts';
import type { Topic } from '../../src/explain/topic.ts';
import { allTopics } from '../../src/explain/topics.ts';
import { PROBLEMS } from '../../src/problems.ts';
import { didYouMean } from '../../src/similar.ts';
import { STEPS } from '../../src/steps/all.ts';

const root = join(import.meta.dirname, '../..');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && name !== 'problems.ts' && !name.startsWith('explain/'))
  .map(name => readFileSync(join(root, 'src', name), 'utf8'));

/** Nothing of the outside world is asked. */
const ask = (name?: string) => explain({} as Context, name === undefined ? {} : { name });

const HOLE = /\$\{(?:[^{}`]|`[^`]*`|\{[^}]*\})*\}/;
const TEMPLATE = new RegExp(`\`((?:${HOLE.source}|\\$(?!\\{)|[^\`\\\\$\n])*)\``, 'g');
const QUOTED = /'([^'\n\\]*)'|"([^"\n\\]*)"/g;

/** Messages that a source may write, with anything where a template has a hole; too little text of its own is none. */
const messagesOf = (source: string): RegExp[] =>
  [...source.matchAll(TEMPLATE), ...source.matchAll(QUOTED)]
    .map(match => (match[1] ?? match[2] ?? '').split(HOLE))
    .filter(parts => parts.join('').length > 2)
    .map(parts => new RegExp(`^${parts.map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.+')}$`));

test('every code is raised by the source, and its message is one that the source writes there', () => {
  const astray = Object.entries(PROBLEM_EXPLANATIONS).filter(([code, { message }]) => {
    const raising = sources.filter(source => source.includes(`'${code}'`));
    return !raising.some(source => messagesOf(source).some(pattern => pattern.test(message)));
  });
  expect(astray.map(([code, { message }]) => `${code}: ${message}`)).toEqual([]);
  expect(Object.keys(PROBLEM_EXPLANATIONS).sort()).toEqual(Object.keys(PROBLEMS).sort());
});

test('every code that the functions give is explained', () => {
  const sql = readdirSync(join(root, 'migrations')).map(name => readFileSync(join(root, 'migrations', name), 'utf8'));
  const given = [...sql.join().matchAll(/"code": "([A-Z_]+)"|hint = '([A-Z_]+)'/g)].map(match => match[1] ?? match[2]);
  expect(Object.keys({ ...ANSWERS, ...INNER_ANSWERS }).sort()).toEqual([...new Set(given)].sort());
});

test('every topic is told in whole sentences: nothing is empty, nothing broken off', () => {
  const topics = allTopics();
  for (const { kind, name, summary, facts } of topics) {
    for (const text of [summary, ...Object.values(facts)]) {
      expect(text, `${kind} ${name}`).toMatch(/^(\S|\S[\s\S]*[^\s,:;])$/);
      expect(text, `${kind} ${name}`).not.toContain('{{');
    }
  }
  const names = topics.map(topic => `${topic.kind} ${topic.name}`);
  expect(names).toEqual([...new Set(names)]);
});

test('a step is told from its two SQL files', async () => {
  const { document } = await ask('060_allocate');
  expect(document.topics).toEqual([
    expect.objectContaining({
      kind: 'step',
      does: expect.stringContaining('a page of organizations a statement'),
      locks: expect.stringMatching(/^the page's balance rows/),
      inverse: expect.stringContaining('the ledger of allocations is emptied'),
      'then checks': expect.stringContaining('ledger.equation'),
    }),
  ]);
  const steps = allTopics().filter(topic => topic.kind === 'step');
  expect(steps.filter(({ facts }) => facts.locks === '' || facts.does === '')).toEqual([]);
  expect(steps.filter(({ facts }) => facts.inverse?.startsWith('none')).map(({ name }) => name)).toEqual(
    STEPS.filter(step => step.irreversible).map(({ name }) => name),
  );
});

test.each([
  ['lease_held', ['problem LEASE_HELD']],
  ['UNKNOWN_PLAN', ['answer UNKNOWN_PLAN', 'finding UNKNOWN_PLAN']],
  ['control', ['step 010_control', 'step 015_pricing']],
  ['tables.fitting', ['criterion tables.fitting']],
  ['privacy', ['check privacy.anonymized']],
])('%s is found whatever its case, a group by its name', async (name, found) => {
  const { topics } = (await ask(name)).document as { topics: Topic[] };
  expect(topics.map(topic => `${topic.kind} ${topic.name}`)).toEqual(found);
});

test('without a name all are listed; of an unknown one the nearest is named', async () => {
  const { document, blocks } = await ask();
  expect(document.topics).toHaveLength(allTopics().length);
  expect(blocks.filter(block => block.kind === 'title')).toHaveLength(6);
  await expect(ask('LEASE_HOLD')).rejects.toMatchObject({ code: 'USAGE', details: ['Did you mean LEASE_HELD?'] });
  await expect(ask('ledger.equatoin')).rejects.toMatchObject({ details: ['Did you mean ledger.equation?'] });
  await expect(ask('nothing of the kind')).rejects.toMatchObject({ details: [] });
});

test('what is meant is guessed from few edits, a swap counting as one, and never from nothing', () => {
  expect(didYouMean('stauts', ['status', 'state'])).toEqual(['Did you mean status?']);
  expect(didYouMean('PLAM', ['plan', 'slam'])).toEqual(['Did you mean plan or slam?']);
  expect(didYouMean('x', ['plan', 'migrate'])).toEqual([]);
  expect(didYouMean('', [])).toEqual([]);
});
