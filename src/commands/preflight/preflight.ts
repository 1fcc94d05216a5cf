import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { baselineFile } from '../../baseline/file.ts';
import { recordedBaseline } from '../../baseline/import.ts';
import { isApplied } from '../../database/state.ts';
import { guardHistory } from '../../migrator.ts';
import type { Block, Finding, Result } from '../../output/types.ts';
import { CRITERIA, GATE } from '../../preflight/all.ts';
import type { Criterion, Evidence } from '../../preflight/criterion.ts';
import { isBlocking, type Judgement, judgeAll } from '../../preflight/run.ts';
import { EXIT, Problem, UNTOUCHED } from '../../problems.ts';
import type { Context } from '../session/context.ts';
import { type Session, withSession } from '../session/session.ts';
import type { Least } from '../shown/findings.ts';
import { recordedRehearsal } from '../shown/rehearsal-line.ts';
import { fileProblem } from '../shown/whole-file.ts';
import { writeChecklist } from './checklist.ts';
import { requireProof } from './proof-gate.ts';

export interface PreflightOptions {
  /** Folder of the proved backup; the newest in ./creditshift-backups when absent. */
  backup?: string;
  /** Where the checklist is written, in Markdown. */
  out?: string;
  /** Folder of the application's code, to be searched for the legacy names. */
  source?: string;
  /** With warning, what is to be looked at blocks. */
  severity?: Least;
}

/**
 * GO or NO-GO for a migrate, from criteria that are evaluated now. Commits nothing.
 * @throws Problem STATE_CONFLICT where the cutover is done: nothing is left to judge; USAGE for a source that is not there
 */
export async function preflight(context: Context, options: PreflightOptions = {}): Promise<Result> {
  if (options.source !== undefined) await requireFolder(resolve(context.folder, options.source));
  return withSession(context, async session => {
    const { state, server } = session;
    if (isApplied(state, '090_cutover')) throw cutOver(server.database);
    if (state) guardHistory(state.applied);
    const found = await judge(CRITERIA, context, session, options);
    const judgements = options.severity === 'warning' ? found.map(asBlocking) : found;
    const out = options.out === undefined ? undefined : resolve(context.folder, options.out);
    if (out) await writeChecklist(session, judgements, out);
    const go = !judgements.some(isBlocking);
    return {
      document: {
        database: server.database,
        verdict: go ? 'GO' : 'NO-GO',
        criteria: judgements,
        ...(out && { file: out }),
      },
      blocks: [
        { kind: 'title', text: `Preflight of ${server.database}` },
        ...judgements.flatMap(blocksOf),
        ...(out ? [{ kind: 'mark', tone: 'good', text: `Wrote ${out}.` } satisfies Block] : []),
        verdictOf(judgements),
        { kind: 'text', text: `Next: ${nextOf(judgements)}` },
      ],
      findings: { results: judgements.map(findingOf), summary: verdictOf(judgements) },
      exitCode: go ? EXIT.done : EXIT.verification,
    };
  });
}

const judge = (criteria: readonly Criterion[], context: Context, session: Session, options: PreflightOptions) =>
  judgeAll(criteria, { ...session, evidence: evidenceOf(context, session, options) }, (name, done, total) =>
    context.progress({ event: 'work', what: `judging ${name}`, done, total }),
  );

/** What migrate refuses for, besides its own obstacles and conflicts. */
export async function gate(context: Context, session: Session): Promise<{ code: string; message: string }[]> {
  const judgements = await judge(GATE, context, session, {});
  return judgements
    .filter(isBlocking)
    .flatMap(({ name, found, remedy }) => found.map(line => ({ code: name, message: `${line}; ${remedy}` })));
}

const cutOver = (database: string) =>
  new Problem('STATE_CONFLICT', `${database} was cut over already: there is no migrate to judge.`, {
    state: UNTOUCHED,
    next: 'creditshift verify',
  });

/** @throws Problem USAGE where the folder cannot be read */
async function requireFolder(folder: string): Promise<void> {
  await readdir(folder).catch(cause => {
    throw fileProblem(`Cannot read the source in ${folder}`, cause);
  });
}

/** What lies in files. */
function evidenceOf(context: Context, session: Session, { backup, source }: PreflightOptions): Evidence {
  return {
    source: source && resolve(context.folder, source),
    backup: async () => {
      const proof = await requireProof(context, session, { ...(backup !== undefined && { backup }) });
      return proof ? `${proof.folder}, of ${proof.snapshot}` : 'a rehearsal needs none';
    },
    rehearsal: async () => {
      const { against, matching } = await recordedRehearsal(context, session);
      return { found: `at ${matching?.at}`, against };
    },
    baseline: async () => {
      const { baseline, against } = await recordedBaseline(session.sql, session.server, baselineFile(context.folder));
      return { found: `at ${baseline?.recordedAt}`, against };
    },
  };
}

const asBlocking = (judgement: Judgement): Judgement =>
  judgement.outcome === 'warns' ? { ...judgement, outcome: 'blocks' } : judgement;

const OUTCOMES = { met: 'passed', warns: 'failed', blocks: 'failed', error: 'error' } as const;

/** A judgement for the formats of CI systems. */
const findingOf = ({ name, claim, outcome, found, remedy }: Judgement): Finding => ({
  name,
  group: name.slice(0, name.indexOf('.')),
  claim,
  remedy,
  outcome: OUTCOMES[outcome],
  severity: outcome === 'warns' ? 'warning' : 'failure',
  count: outcome === 'met' ? 0 : found.length,
  rows: found,
});

const TONES = { met: 'good', warns: 'warn', blocks: 'bad', error: 'bad' } as const;

function blocksOf({ name, claim, outcome, found, remedy }: Judgement): Block[] {
  const mark: Block = { kind: 'mark', tone: TONES[outcome], text: `${name}  ${claim}` };
  const lines = found.map((text): Block => ({ kind: 'text', text: `    ${text}` }));
  if (outcome === 'met') return [mark, ...lines.map((line): Block => ({ ...line, tone: 'dim' }) as Block)];
  return [mark, ...lines, { kind: 'text', tone: 'dim', text: `    remedy: ${remedy}` }];
}

const WORDS = { blocks: 'blocking', error: 'in error', warns: 'to look at' } as const;

/** One line: GO or NO-GO, and what it comes from. */
function verdictOf(judgements: readonly Judgement[]): Block {
  const count = (outcome: Judgement['outcome']) => judgements.filter(j => j.outcome === outcome).length;
  const others = (['blocks', 'error', 'warns'] as const).filter(outcome => count(outcome) > 0);
  const parts = [
    `${count('met')} of ${judgements.length} criteria are met`,
    ...others.map(outcome => `${count(outcome)} ${WORDS[outcome]}`),
  ];
  const go = !judgements.some(isBlocking);
  const tone = !go ? 'bad' : others.length > 0 ? 'warn' : 'good';
  return { kind: 'mark', tone, text: `${go ? 'GO' : 'NO-GO'}: ${parts.join(', ')}` };
}

function nextOf(judgements: readonly Judgement[]): string {
  const blocking = judgements.filter(isBlocking);
  if (blocking.length === 0) return 'creditshift migrate';
  if (blocking.every(j => j.name === 'proof.backup'))
    return 'creditshift backup --prove, then creditshift preflight again';
  return 'put right what is marked ✗, then creditshift preflight again';
}
