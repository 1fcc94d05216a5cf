import { counted } from '../../output/counted.ts';
import type { Block, Finding } from '../../output/types.ts';
import type { Comparison, Disagreement, Example } from '../../shadow/compare.ts';
import { CAUSES } from '../../shadow/pools.ts';
import type { Session } from '../session/session.ts';
import { kebab } from '../shown/findings.ts';

/** Per cent of the calls that can be judged, never rounded up to 100; null where there is none. */
export function rateOf({ calls, agreed, unjudged }: Pick<Comparison, 'calls' | 'agreed' | 'unjudged'>): number | null {
  const judged = calls - unjudged;
  return judged === 0 ? null : Math.floor((agreed / judged) * 10_000) / 100;
}

const percent = (rate: number | null) => (rate === null ? '–' : `${rate.toFixed(2)} %`);

/** A finding for each cause, under the same names at every run; without calls nothing is judged. */
export function causeFindings({ calls, unjudged, actions }: Comparison): Finding[] {
  return Object.entries(CAUSES).map(([cause, meaning]) => {
    const found = actions.flatMap(({ action, disagreements }) =>
      disagreements.filter(d => d.cause === cause).map(d => ({ ...d, action: action ?? '(none)' })),
    );
    const count = found.reduce((sum, d) => sum + d.calls, 0);
    return {
      name: `shadow.${kebab(cause)}`,
      group: 'shadow',
      claim: `no call is decided otherwise because of this: ${meaning}`,
      remedy: 'decide it in the configuration; then creditshift shadow again',
      outcome: calls === unjudged ? 'not judged' : count > 0 ? 'failed' : 'passed',
      severity: 'failure',
      count,
      rows: found.flatMap(d => d.examples.map(example => `${d.action}: ${lineOf(example)}`)),
    };
  });
}

/** Without calls nothing agrees, and nothing disagrees. */
export function nothingBlocks({ state, config }: Session, from: 'shim' | 'log', shim: boolean): Block[] {
  const why =
    from === 'log'
      ? `${config.log.table} has no such call; many a legacy function writes none.`
      : shim
        ? 'The shim has noted no such call yet.'
        : 'No shim has noted any call.';
  const next = shim
    ? 'creditshift shadow, once there were calls'
    : `${state ? '' : 'creditshift migrate --to control, then '}creditshift shadow --install`;
  return [
    { kind: 'mark', tone: 'warn', text: `Nothing was compared. ${why}` },
    { kind: 'text', text: `Next: ${next}` },
  ];
}

/** What was compared: by action, with causes and examples. */
export function comparisonBlocks(found: Comparison, from: 'shim' | 'log', allocated: boolean): Block[] {
  const right = 'right' as const;
  const judged = found.calls - found.unjudged;
  const disagreeing = judged - found.agreed;
  return [
    {
      kind: 'facts',
      facts: [
        [
          'calls',
          `${found.calls}, ${found.first} to ${found.last}, ${from === 'shim' ? 'noted by the shim' : 'from the log'}`,
        ],
        ['pools', allocated ? 'begin as allocated' : 'begin as the configuration would allocate them now'],
      ],
    },
    {
      kind: 'table',
      columns: [
        { title: 'action' },
        { title: 'calls', align: right },
        { title: 'agree', align: right },
        { title: 'rate', align: right },
        { title: 'disagree, because' },
      ],
      rows: found.actions.map(a => [
        a.action ?? '(none)',
        String(a.calls),
        String(a.agreed),
        percent(rateOf(a)),
        [
          ...a.disagreements.map(d => `${d.calls} ${d.cause}`),
          ...(a.unjudged > 0 ? [`${a.unjudged} not known`] : []),
        ].join(', '),
      ]),
    },
    ...found.actions.flatMap(a => a.disagreements.flatMap(d => disagreementBlocks(a.action, d))),
    ...(found.unjudged > 0
      ? [
          {
            kind: 'mark',
            tone: 'warn',
            text: `Of ${counted(found.unjudged, 'call')} it is not known whether they were allowed.`,
          } as const,
        ]
      : []),
    judged === 0
      ? { kind: 'mark', tone: 'warn', text: 'Nothing was compared: no call tells whether it was allowed.' }
      : {
          kind: 'mark',
          tone: disagreeing > 0 ? 'bad' : 'good',
          text: `${found.agreed} of ${counted(judged, 'call')} are decided alike: ${percent(rateOf(found))}`,
        },
    {
      kind: 'text',
      text:
        disagreeing === 0
          ? 'Next: creditshift migrate'
          : allocated
            ? 'Next: decide each in the configuration; creditshift migrate --to index, reallocate, then shadow again'
            : 'Next: decide each in the configuration; then creditshift shadow again',
    },
  ];
}

function disagreementBlocks(action: string | null, { cause, calls, examples }: Disagreement): Block[] {
  return [
    { kind: 'mark', tone: 'bad', text: `${action ?? '(none)'}, ${counted(calls, 'call')}: ${cause}, ${CAUSES[cause]}` },
    ...examples.map((example): Block => ({ kind: 'text', tone: 'dim', text: `    ${lineOf(example)}` })),
  ];
}

function lineOf({ organization, name, at, quantity, legacy, short }: Example): string {
  const who = name ?? organization ?? 'no organization';
  const now = short
    ? `${short.pool} has ${short.available} of ${short.required}`
    : legacy === 'allowed'
      ? 'refused'
      : 'allowed';
  return `${at}  ${who}, quantity ${quantity ?? 'null'}: legacy ${legacy}, new ${now}`;
}
