import { KINDS, type Topic } from '../explain/topic.ts';
import { allTopics } from '../explain/topics.ts';
import type { Block, Result } from '../output/types.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { didYouMean } from '../similar.ts';
import type { Context } from './session/context.ts';

export interface ExplainOptions {
  /** A code, criterion, check or step; a group of checks or a stage means all of it. */
  name?: string;
}

/**
 * What a code, a criterion, a check or a step means; without a name, a list of all. It needs no database.
 * @throws Problem USAGE for an unknown name
 */
export async function explain(_: Context, { name }: ExplainOptions): Promise<Result> {
  const topics = allTopics();
  if (name === undefined) return listOf(topics);
  const found = topics.filter(topic => [topic.name, topic.group].some(n => n?.toLowerCase() === name.toLowerCase()));
  if (found.length === 0) throw unknown(name);
  return {
    document: { topics: found.map(documentOf) },
    blocks: found.flatMap((topic): Block[] => [
      { kind: 'title', text: `${topic.name}, ${topic.kind}` },
      { kind: 'text', text: topic.summary },
      { kind: 'facts', facts: Object.entries(topic.facts) },
    ]),
  };
}

/** Names of these kinds, and of the groups that they are in: what a shell offers. */
export function namesOf(...kinds: readonly Topic['kind'][]): string[] {
  const topics = allTopics().filter(topic => kinds.includes(topic.kind));
  return [...new Set([...topics.flatMap(topic => topic.group ?? []), ...topics.map(topic => topic.name)])];
}

const documentOf = ({ facts, ...topic }: Topic) => ({ ...topic, ...facts });

function listOf(topics: readonly Topic[]): Result {
  return {
    document: { topics: topics.map(documentOf) },
    blocks: [
      ...KINDS.flatMap((kind): Block[] => [
        { kind: 'title', text: TITLES[kind] },
        {
          kind: 'facts',
          facts: topics.filter(topic => topic.kind === kind).map(({ name, summary }) => [name, summary]),
        },
      ]),
      { kind: 'text', text: '\nNext: creditshift explain NAME' },
    ],
  };
}

const TITLES: Record<Topic['kind'], string> = {
  problem: 'Problems: errors of the program, by their code',
  answer: 'Answers: codes that the functions in the database give their callers',
  finding: 'Findings of inspect and plan',
  criterion: 'Criteria of preflight',
  check: 'Checks of verify',
  step: 'Steps of migrate',
};

function unknown(name: string): Problem {
  return new Problem('USAGE', `There is nothing named "${name}" to explain.`, {
    state: UNTOUCHED,
    next: 'creditshift explain   lists all names',
    details: didYouMean(name, namesOf(...KINDS)),
  });
}
