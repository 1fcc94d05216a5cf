import { CHECKS } from '../checks/all.ts';
import { groupOf } from '../checks/check.ts';
import { CRITERIA } from '../preflight/all.ts';
import { PROBLEMS, type ProblemCode } from '../problems.ts';
import { ANSWERS, INNER_ANSWERS } from './answers.ts';
import {
  CONFLICT_EXPLANATIONS,
  type FindingExplanation,
  OBSTACLE_EXPLANATIONS,
  REMARK_EXPLANATIONS,
} from './findings.ts';
import { PROBLEM_EXPLANATIONS } from './problems/all.ts';
import { stepTopics } from './steps.ts';
import type { Topic } from './topic.ts';

/** All that can be explained, by kind. */
export function allTopics(): Topic[] {
  return [
    ...problemTopics(),
    ...answerTopics(),
    ...findingTopics('a conflict', CONFLICT_EXPLANATIONS),
    ...findingTopics('an obstacle, which blocks a migration', OBSTACLE_EXPLANATIONS),
    ...findingTopics('a remark of inspect, which blocks nothing', REMARK_EXPLANATIONS),
    ...criterionTopics(),
    ...checkTopics(),
    ...stepTopics(),
  ];
}

const problemTopics = (): Topic[] =>
  Object.entries(PROBLEM_EXPLANATIONS).map(([name, { message, meaning, state, next }]) => ({
    kind: 'problem',
    name,
    summary: meaning,
    facts: { says: message, exit: String(PROBLEMS[name as ProblemCode]), database: state, next },
  }));

const answerTopics = (): Topic[] =>
  Object.entries({ ...ANSWERS, ...INNER_ANSWERS }).map(([name, { because, next }]) => ({
    kind: 'answer',
    name,
    summary: because,
    facts: { database: 'Balances and ledger are as they were.', next },
  }));

const findingTopics = (what: string, explanations: Record<string, FindingExplanation>): Topic[] =>
  Object.entries(explanations).map(([name, { meaning, next }]) => ({
    kind: 'finding',
    name,
    summary: meaning,
    facts: { is: what, next },
  }));

const criterionTopics = (): Topic[] =>
  CRITERIA.map(({ name, claim, remedy }) => ({
    kind: 'criterion',
    name,
    group: name.slice(0, name.indexOf('.')),
    summary: claim,
    facts: { remedy },
  }));

const checkTopics = (): Topic[] =>
  CHECKS.map(check => ({
    kind: 'check',
    name: check.name,
    group: groupOf(check),
    summary: check.claim,
    facts: {
      why: check.why,
      severity: typeof check.severity === 'function' ? 'by policy' : check.severity,
      ...(check.establishedBy && { since: check.establishedBy }),
      remedy: check.remedy,
      'run it': `creditshift verify --only ${check.name}`,
    },
  }));
